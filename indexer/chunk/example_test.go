package chunk_test

import (
	"context"
	"fmt"

	"loradex/indexer/chunk"
)

func ExampleSplit() {
	src := "# Tool\n\nIt finds code by what the code does,\nnot by how it is spelled.\nIt runs offline,\nin one process.\n\n" +
		"## Install\n\n```sh\nmake build\nmake install\n```\n"
	chunks, err := chunk.Split(context.Background(), "markdown", []byte(src))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range chunks {
		fmt.Printf("%d-%d %s %s\n", c.StartLine, c.EndLine, c.Kind, c.Symbol)
	}
	// Output:
	// 1-6 section Tool
	// 8-13 section Tool > Install
}
