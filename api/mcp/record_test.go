package mcp

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
)

// recordTo names the file of a transcript: then the test binary is the server of a client that testdata/record.py runs.
const recordTo = "LORADEX_TEST_MCP_TRANSCRIPT"

func TestMain(m *testing.M) {
	file := os.Getenv(recordTo)
	if file == "" {
		os.Exit(m.Run())
	}
	out, err := os.Create(file) //nolint:gosec // the caller's
	if err == nil {
		fmt.Fprintf(out, "# A client of Python's package mcp, recorded by record.py.\n")
		r := &recorder{out: out}
		err = New(Options{Version: "1.2.3"}, newFake()).Serve(context.Background(), io.TeeReader(os.Stdin, r.marked("> ")), io.MultiWriter(r.marked("< "), os.Stdout))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// recorder writes the lines of both sides.
type recorder struct {
	mu  sync.Mutex
	out io.Writer
}

type marked struct {
	*recorder
	mark string
	rest strings.Builder
}

func (r *recorder) marked(mark string) io.Writer { return &marked{recorder: r, mark: mark} }

func (m *marked) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rest.Write(p)
	for {
		line, rest, ok := strings.Cut(m.rest.String(), "\n")
		if !ok {
			return len(p), nil
		}
		m.rest.Reset()
		m.rest.WriteString(rest)
		if _, err := io.WriteString(m.out, m.mark+line+"\n"); err != nil {
			return 0, err
		}
	}
}
