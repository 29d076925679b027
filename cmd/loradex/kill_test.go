package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"loradex/internal/home"
)

// TestKilledRunGoesOn kills a run of `index` at different moments, and wants the next one to complete the index as if
// nothing had happened.
func TestKilledRunGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	program, err := os.Executable()
	must(t, err)
	files := map[string]string{}
	for i := range 400 {
		files[fmt.Sprintf("pkg%d/file%d.go", i%20, i)] = fmt.Sprintf("package p\n\n// F%d does the work of number %d.\nfunc F%d(x int) int {\n\treturn x + %d\n}\n", i, i, i, i)
	}
	dir := repo(t, files)
	p := newPlace(t)
	want := p.json("index", dir, "--model", "none")
	p.ok("clean", dir)

	killed := 0
	for _, wait := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond, 30 * time.Millisecond, 60 * time.Millisecond} {
		cmd := exec.Command(program, "index", dir, "--model", "none", "--full")
		cmd.Env = append(os.Environ(), asProgram+"=1", home.EnvHome+"="+p.home)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		must(t, cmd.Start())
		// The lock shows that the work has begun; from then on each moment is as good as another.
		deadline := time.Now().Add(20 * time.Second)
		for time.Now().Before(deadline) {
			if info, err := os.Stat(filepath.Join(dir, ".loradex", "index.db")); err == nil && info.Size() > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(wait)
		if err := cmd.Process.Kill(); err == nil {
			killed++
		}
		_ = cmd.Wait() // killed, or done before
		got := p.json("index", dir, "--model", "none")
		for _, key := range []string{"files.seen", "chunks.total"} {
			if number(t, got, key) != number(t, want, key) {
				t.Errorf("after a kill at %v: %s is %v, want %v", wait, key, number(t, got, key), number(t, want, key))
			}
		}
		if doctor := p.run("doctor", dir, "--model", "none"); doctor.code != exitOK {
			t.Errorf("after a kill at %v: %s", wait, doctor.out)
		}
	}
	if killed == 0 {
		t.Error("no run was killed")
	}
}
