package mcp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the goldens")

// TestTranscripts plays what clients say, a message a line behind "> ", and compares what the server answers, behind "< ". Each
// request is answered before the next one is sent. Those that begin with python were recorded of a client of Python's package mcp by
// testdata/record.py; lines that begin with # are remarks.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file) //nolint:gosec // a golden
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, want)
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			} else if !bytes.Equal(got, want) {
				t.Errorf("the answers are others; look at the difference behind -update:\n%s", firstDifference(string(want), string(got)))
			}
		})
	}
}

// play sends the messages of a transcript and writes it anew.
func play(t *testing.T, transcript []byte) []byte {
	t.Helper()
	in, send := io.Pipe()
	receive, out := io.Pipe()
	served := make(chan error, 1)
	go func() {
		err := New(Options{Version: "1.2.3"}, newFake()).Serve(context.WithoutCancel(t.Context()), in, out)
		_ = out.Close() //nolint:errcheck // a pipe
		served <- err
	}()
	answers := bufio.NewReader(receive)
	var b bytes.Buffer
	for line := range strings.Lines(string(transcript)) {
		message, ok := strings.CutPrefix(line, "> ")
		if !ok {
			if !strings.HasPrefix(line, "< ") {
				b.WriteString(line)
			}
			continue
		}
		b.WriteString(line)
		if _, err := io.WriteString(send, message); err != nil {
			t.Fatal(err)
		}
		var m struct {
			ID *json.RawMessage `json:"id"`
		}
		if err := json.Unmarshal([]byte(message), &m); err != nil || m.ID == nil {
			continue
		}
		answer, err := answers.ReadString('\n')
		if err != nil {
			t.Fatalf("no answer to %s: %v", message, err)
		}
		b.WriteString("< " + answer)
	}
	_ = send.Close() //nolint:errcheck // a pipe
	if rest, err := io.ReadAll(answers); err != nil || len(rest) > 0 {
		t.Errorf("nobody asked for %s (%v)", rest, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	return b.Bytes()
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "want " + w[i] + "\ngot  " + g[i]
		}
	}
	return "one is longer"
}
