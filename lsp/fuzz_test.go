package lsp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
)

// FuzzReadMessage: a header promises what is read, and nothing beyond the bound is.
func FuzzReadMessage(f *testing.F) {
	for _, seed := range []string{
		"Content-Length: 2\r\n\r\n{}", "Content-Length: 2\n\n[]Content-Length: 1\n\n1", "a:b\n\n", "\r\n", "Content-Length:\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const bound = 64
		in := bufio.NewReaderSize(bytes.NewReader(data), maxHeaderLine)
		for {
			body, err := readMessage(in, bound)
			if err != nil {
				if body != nil {
					t.Fatalf("%q with %v", body, err)
				}
				return
			}
			if len(body) > bound {
				t.Fatalf("%d bytes", len(body))
			}
		}
	})
}

// FuzzServe: whatever comes, the server ends with the input, without a panic.
func FuzzServe(f *testing.F) {
	start := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":2,"method":"workspace/symbol","params":{"query":"?lock"}}`,
		`{"jsonrpc":"2.0","id":"2","method":"workspace/executeCommand","params":{"command":"loradex.similar","arguments":[{"uri":"file:///repo/a.go","range":{"start":{"line":4294967295,"character":0},"end":{"line":0,"character":1}}}]}}`,
		`{"jsonrpc":"2.0","id":2,"method":"workspace/executeCommand","params":{"command":"loradex.search","arguments":[{"query":"x","adapter":{"adapters":[]}}]}}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}`,
		`{"jsonrpc":"2.0","method":"exit"}`,
		`{"jsonrpc":"2.0","id":1,"result":{}}`,
		`[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]`,
		`[[[[[[[[`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(_ *testing.T, message []byte, begun bool) {
		var in bytes.Buffer
		if begun {
			fmt.Fprintf(&in, "Content-Length: %d\r\n\r\n%s", len(start), start)
		}
		fmt.Fprintf(&in, "Content-Length: %d\r\n\r\n%s", len(message), message)
		// The error depends on the input; that Serve returns is the property.
		_ = New(Options{}, &fakeIndex{}).Serve(context.Background(), &in, io.Discard)
	})
}
