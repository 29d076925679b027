// Command testcount runs `go test -json`, prints one line for each package and the output of what failed, and ends
// with the number of tests that passed, failed and were skipped. It exits with go test's own code.
//
//	go run ./scripts/testcount -label full-build -- -short ./...
//
// A test with subtests is not counted itself; its subtests are.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	label := flag.String("label", "", "what the counts are of; printed before them")
	report := flag.String("report", "", "file to append the line with the counts to")
	flag.Parse()
	code, err := run(context.Background(), os.Stdout, *label, *report, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// run tests with the arguments given and returns go test's exit code.
func run(ctx context.Context, out io.Writer, label, report string, args []string) (int, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr // what comes before the first test: bad flags, bad patterns
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	c := newCounter(out)
	readErr := c.read(pipe)
	err = cmd.Wait()
	_, _ = out.Write(stderr.Bytes())
	if readErr != nil {
		return 0, readErr
	}
	code := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		return 0, err
	}
	line := c.summary()
	if label != "" {
		line = label + ": " + line
	}
	fmt.Fprintln(out, line)
	if report != "" {
		if err := appendLine(report, line); err != nil {
			return 0, err
		}
	}
	if code == 0 && c.failed > 0 { // cannot happen while go test keeps its word
		code = 1
	}
	return code, nil
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	return errors.Join(err, f.Close())
}
