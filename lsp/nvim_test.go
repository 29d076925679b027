package lsp

// This file runs the plugin in editors/nvim in a headless Neovim, against this test binary as its language server.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asServer is the argument that makes the test binary a language server over the fake index.
const asServer = "serve-as-language-server"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == asServer {
		server := New(Options{}, &fakeIndex{root: os.Args[2]})
		if err := server.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// entry is a line of the quickfix list.
type entry struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

func TestNeovim(t *testing.T) {
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("no nvim here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	repo := t.TempDir()
	if repo, err = filepath.EvalSymlinks(repo); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{".git", "lock", "a b"} {
		if err := os.Mkdir(filepath.Join(repo, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	current := filepath.Join(repo, "lock", "file.go")
	if err := os.WriteFile(current, []byte(strings.Repeat("// line\n", 40)), 0o600); err != nil {
		t.Fatal(err)
	}
	plugin, err := filepath.Abs("../editors/nvim")
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("testdata/nvim.lua")
	if err != nil {
		t.Fatal(err)
	}
	answers := filepath.Join(t.TempDir(), "answers.json")

	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	c := exec.CommandContext(ctx, nvim, "--headless", "-u", "NONE", "-i", "NONE", "-n", "--cmd", "set rtp^="+plugin,
		"--cmd", "runtime plugin/loradex.lua", current, "-c", "luafile "+script)
	c.Dir = repo
	c.Env = append(os.Environ(), "TEST_SERVER="+self, "TEST_ARGUMENT="+asServer, "TEST_ROOT="+repo, "TEST_ANSWERS="+answers,
		"XDG_STATE_HOME="+repo, "XDG_CACHE_HOME="+repo, "XDG_CONFIG_HOME="+repo, "XDG_DATA_HOME="+repo)
	said, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("nvim: %v\n%s", err, said)
	}
	data, err := os.ReadFile(answers)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var got struct {
		Symbols  []entry  `json:"symbols"`
		Command  []string `json:"command"`
		Search   []entry  `json:"search"`
		Similar  []entry  `json:"similar"`
		Titles   []string `json:"titles"`
		Adapted  []entry  `json:"adapted"`
		Messages []string `json:"messages"`
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	first := func(what string, list []entry, text string) {
		t.Helper()
		want := entry{File: current, Line: 10, Text: text}
		if len(list) != 3 || list[0] != want || list[1].File != filepath.Join(repo, "a b", "ü.md") {
			t.Errorf("%s gives %+v, not 3 with %+v first", what, list, want)
		}
	}
	first("vim.lsp.buf.workspace_symbol", got.Symbols, "[Function] Acquire")
	first(":LoradexSearch", got.Search, "0.750  Acquire")
	first(":LoradexSimilar", got.Similar, "0.750  Acquire")
	first(":LoradexSearch with an adapter", got.Adapted, "0.810  Acquire")
	if want := []string{"loradex: where is it", "loradex: like file.go:3-5"}; !equal(got.Titles, want) {
		t.Errorf("the lists are called %q", got.Titles)
	}
	if want := []string{"lock/file.go", "a b/ü.md", "lock/table.txt"}; !equal(got.Command, want) {
		t.Errorf("workspace/executeCommand gives %q", got.Command)
	}
	wantMessages := []string{
		"loradex: adapter is go", "loradex: adapter \"rust\" does not exist; known: docs, go",
		"loradex: as you wish\nwish again", "loradex: no hits", "loradex: adapter is that of the index",
	}
	if !equal(got.Messages, wantMessages) {
		t.Errorf("the user reads %q", got.Messages)
	}
	if bytes.Contains(said, []byte("Error")) {
		t.Errorf("nvim says %s", said)
	}
}

func equal(a, b []string) bool { return strings.Join(a, "|") == strings.Join(b, "|") }
