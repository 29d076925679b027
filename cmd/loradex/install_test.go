package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInstall(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, servedFiles)
	p.env["HOME"] = t.TempDir()
	t.Chdir(dir)
	if out := p.ok("install", "claude-code", "--dry-run"); !strings.Contains(out, `+    "loradex": { "command": `) || !strings.Contains(out, "+++ "+filepath.Join(dir, ".mcp.json")) {
		t.Error(out)
	}
	if _, err := os.Stat(filepath.Join(dir, ".mcp.json")); err == nil {
		t.Error("--dry-run writes")
	}
	t.Chdir(t.TempDir())
	doc := p.json("install", "codex", "--scope", "user")
	files := doc["files"].([]any)
	if doc["agent"] != "codex" || doc["scope"] != "user" || len(files) != 2 || files[0].(map[string]any)["action"] != "create" {
		t.Errorf("%v", doc)
	}
	if out := p.ok("install", "codex", "--scope", "user"); strings.Count(out, "none    ") != 2 {
		t.Error(out)
	}
	if out := p.ok("install", "codex", "--scope", "user", "--uninstall"); strings.Count(out, "remove  ") != 2 {
		t.Error(out)
	}
	p.fails(exitUsage, "invalid", "agents are claude-code", "install", "emacs")
	p.fails(exitUsage, "invalid", "scopes are project", "install", "codex", "--scope", "all")
	must(t, os.WriteFile(filepath.Join(p.env["HOME"], ".claude.json"), []byte("{"), 0o600))
	p.fails(exitFailure, "invalid", "mend the file", "install", "claude-code", "--scope", "user")
	if r := p.run("__complete", "install", ""); !strings.Contains(r.out, "vscode") {
		t.Error(r.out)
	}
}
