package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"loradex/indexer"
	"loradex/internal/home"
)

// asChild runs the program in a process of its own, since it starts itself again.
func (p *place) asChild(dir string, args ...string) result {
	p.t.Helper()
	program, err := os.Executable()
	must(p.t, err)
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1", home.EnvHome+"="+p.home)
	for key, value := range p.env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// waitUnlocked waits until no process writes an index.
func waitUnlocked(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		release, err := indexer.Lock(dir)
		if err == nil {
			must(t, release())
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the run in the background does not end")
		}
	}
}

func TestIndexInBackground(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	files := map[string]string{"main.go": "package main\n\nimport \"m/core\"\n", "core/core.go": "package core\n\n// Open opens the archive.\nfunc Open() {}\n"}
	for i := range 20 {
		files[fmt.Sprintf("f%d.go", i)] = fmt.Sprintf("package main\n\nfunc F%d() int { return %d }\n", i, i)
	}
	dir := repo(t, files)
	p := newPlace(t).withEncoder()
	r := p.asChild(dir, "index", "--background", "--json")
	if r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	said := document(t, r.out)
	if number(t, said, "files") != 22 || number(t, said, "chunks") < 22 || number(t, said, "pid") < 1 {
		t.Errorf("%s", r.out)
	}
	// It answers at once, whatever vectors there are.
	if out := p.ok("search", "open the archive", "--repo", dir); !strings.Contains(out, "core/core.go:") {
		t.Errorf("%s", out)
	}
	waitUnlocked(t, dir+"/.loradex")
	var log []byte
	for try := 0; len(log) == 0 && try < 200; try++ { // the report comes after the lock is given back
		time.Sleep(50 * time.Millisecond)
		var err error
		log, err = os.ReadFile(dir + "/.loradex/" + logFile)
		must(t, err)
	}
	if report := document(t, string(log)); number(t, report, "coverage") != 1 {
		t.Errorf("the report of the background: %s", log)
	}
	// What goes wrong before that is the command's own error.
	release, err := indexer.Lock(dir + "/.loradex")
	must(t, err)
	if r := p.asChild(dir, "index", "--background"); r.code != exitFailure || !strings.Contains(r.err, "is writing the index") {
		t.Errorf("a locked index: %+v", r)
	}
	must(t, release())
	if r := p.asChild(dir, "index", "--background", "--rev", "nothing"); r.code != exitFailure || !strings.Contains(r.err, "nothing") ||
		!strings.Contains(r.err, "loradex: ") {
		t.Errorf("an error behind: %+v", r)
	}
}
