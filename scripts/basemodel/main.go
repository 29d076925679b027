// Command basemodel makes the model folder of an ONNX file, for scripts/setup.sh, which runs before there is a loradex to run.
//
//	go run ./scripts/basemodel -pooling mean -query "query: " -document "passage: " FILE.onnx FOLDER
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"loradex/embed/model"
	"loradex/internal/fault"
)

func main() {
	var frame model.Frame
	flag.StringVar(&frame.Pooling, "pooling", "", "how vectors are pooled: mean, cls, …")
	prompt := func(to **string) func(string) error { return func(text string) error { *to = &text; return nil } }
	flag.Func("query", "what is put before a query", prompt(&frame.Query))
	flag.Func("document", "what is put before a document", prompt(&frame.Document))
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := model.Install(ctx, flag.Arg(0), flag.Arg(1), model.InstallOptions{Frame: frame})
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "basemodel: %v\n  fix: %s\n", err, fault.HintOf(err))
		os.Exit(1)
	}
}
