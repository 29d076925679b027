package main

// This file tests what users fear: full disks, broken files, interruptions. Nothing is lost, and the thing is named.

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/home"
)

// TestDiskFull indexes under a file-size limit, then without.
func TestDiskFull(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	program, err := os.Executable()
	must(t, err)
	files := map[string]string{}
	for i := range 60 {
		files["d/f"+itoa(i)+".go"] = "package d\n\n" + strings.Repeat("// F"+itoa(i)+" does something.\nfunc F"+itoa(i)+"() {\n\treturn\n}\n\n", 60)
	}
	dir := repo(t, files)
	p := newPlace(t)
	p.env["LORADEX_MODEL"] = "none"
	// Enough for an empty database, and not for the files: the unit is 512 or 1024 bytes.
	cmd := exec.Command(sh, "-c", `ulimit -f 400 && exec "$0" "$@"`, program, "index", dir, "--json")
	cmd.Env = append(os.Environ(), asProgram+"=1", home.EnvHome+"="+p.home, "LORADEX_MODEL=none")
	out, err := cmd.Output()
	if err == nil {
		t.Skip("this system does not limit the size of files")
	}
	doc, ok := document(t, string(out))["error"].(map[string]any)
	if !ok || doc["code"] != "unavailable" || !strings.Contains(doc["message"].(string), ".loradex") || doc["hint"] == "" {
		t.Errorf("%s", out)
	}
	if r := p.run("doctor", dir); r.code != exitOK {
		t.Errorf("the index is damaged: %s", r.out)
	}
	if got := p.json("index", dir); number(t, got, "files.indexed")+number(t, got, "files.unchanged") != 60 {
		t.Errorf("with room again: %v", got)
	}
}

// TestSkippedFiles: what cannot be indexed is counted with its reason, and ends nothing.
func TestSkippedFiles(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	write(t, dir, map[string]string{"latin.go": "package x // \x81\x8d\n", "secret.go": "package x\n", "nul.go": "a\x00b"})
	huge, err := os.Create(filepath.Join(dir, "huge.go"))
	must(t, err)
	must(t, huge.Truncate(200<<20)) // sparse
	must(t, huge.Close())
	must(t, os.Symlink("nowhere", filepath.Join(dir, "broken.go")))
	must(t, os.Symlink(".", filepath.Join(dir, "loop")))
	must(t, os.Chmod(filepath.Join(dir, "secret.go"), 0))
	want := "binary 2, symlink 2, huge 1, invalid_utf8 1"
	if _, err := os.ReadFile(filepath.Join(dir, "secret.go")); err != nil {
		want += ", unreadable 1"
	}
	doc := p.json("index", dir, "--model", "none")
	counts := map[string]int{}
	for reason, n := range doc["files"].(map[string]any)["skipped"].(map[string]any) {
		counts[reason] = int(n.(float64))
	}
	if got := countsText(counts); got != want {
		t.Errorf("skipped %s, want %s", got, want)
	}
}

// TestInterrupted: work that is stopped says so, and that nothing is lost.
func TestInterrupted(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	code := run(ctx, []string{"index", dir, "--model", "none", "--json"}, p.getenv, strings.NewReader(""), &out, &errs)
	doc, ok := document(t, out.String())["error"].(map[string]any)
	if code != exitFailure || !ok || doc["code"] != "canceled" {
		t.Errorf("exit %d, %s", code, out.String())
	}
	if got := p.json("index", dir, "--model", "none"); number(t, got, "files.indexed") != 4 {
		t.Errorf("the next run: %v", got)
	}
}

// TestBrokenAdapters: each is refused with its name or file, and leaves the library as it was.
func TestBrokenAdapters(t *testing.T) {
	p := newPlace(t).withEncoder().withAdapter("good")
	weights := filepath.Join(peftFolder, "adapter_model.safetensors")
	whole, err := os.ReadFile(weights)
	must(t, err)
	config, err := os.ReadFile(filepath.Join(peftFolder, "adapter_config.json"))
	must(t, err)
	for _, tt := range []struct {
		name, kind, words string
		weights           []byte
		config            string
	}{
		{"truncated", "corrupt", "adapter_model.safetensors", whole[:len(whole)-100], string(config)},
		{"garbage", "corrupt", "adapter_model.safetensors", []byte("\xff\xff\xff\xff\xff\xff\xff\xffnonsense"), string(config)},
		{"empty", "corrupt", "adapter_model.safetensors", nil, string(config)},
		{"no-config", "corrupt", "adapter_config.json", whole, "{"},
		{"dora", "corrupt", "use_dora", whole, strings.Replace(string(config), `"use_dora": false`, `"use_dora": true`, 1)},
	} {
		dir := filepath.Join(t.TempDir(), tt.name)
		write(t, dir, map[string]string{"adapter_model.safetensors": string(tt.weights), "adapter_config.json": tt.config})
		p.fails(exitFailure, tt.kind, tt.words, "adapters", "add", dir, "--name", "bad", "--base")
	}
	if list := p.json("adapters", "list"); len(list["adapters"].([]any)) != 1 {
		t.Errorf("%v", list)
	}
}

// TestURL indexes a URL into the home and leaves what it points to alone.
func TestURL(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	url := "file://" + dir
	r := p.run("index", url, "--model", "none", "--json")
	if r.code != 0 {
		t.Skipf("git serves no files here: %s%s", r.out, r.err)
	}
	if doc := document(t, r.out); doc["repo"] != url || isTrue(doc["dirty"]) {
		t.Errorf("%v", doc)
	}
	if _, err := os.Stat(filepath.Join(dir, ".loradex")); !os.IsNotExist(err) {
		t.Errorf("there is an index in the repository itself: %v", err)
	}
	if got := top(p.json("search", "--repo", url, "--mode", "lexical", "writer lock")); got != "lock/lock.go" {
		t.Errorf("%q", got)
	}
	p.ok("clean", url)
	p.fails(exitFailure, "not_found", "loradex index file://", "search", "x", "--repo", url, "--mode", "lexical")
}
