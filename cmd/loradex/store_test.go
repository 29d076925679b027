package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/workspace"
)

// nowhere is the address of a port on which nothing listens.
func nowhere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	must(t, err)
	defer l.Close() //nolint:errcheck // nothing was sent
	return l.Addr().String()
}

// TestServerOutOfReach: every command says which server it wants, and what to do.
func TestServerOutOfReach(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	t.Chdir(dir)
	address := nowhere(t)
	p.env["LORADEX_QDRANT_ADDRESS"] = address
	r := p.run("index", "--store", "qdrant", "--json")
	e, ok := document(t, r.out)["error"].(map[string]any)
	if r.code != exitFailure || !ok || e["code"] != "unavailable" || !strings.Contains(e["message"].(string), address) ||
		!strings.Contains(e["hint"].(string), "start the server") || !strings.Contains(e["hint"].(string), "LORADEX_QDRANT_ADDRESS") {
		t.Errorf("index: %+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, indexer.FolderOf, "store.json")); !os.IsNotExist(err) {
		t.Errorf("the folder names a store that was never there: %v", err)
	}

	write(t, dir, map[string]string{indexer.FolderOf + "/store.json": `{"store":"qdrant"}`})
	for _, args := range []string{"search x", "status", "clean -y"} {
		if r := p.run(strings.Fields(args)...); r.code != exitFailure || !strings.Contains(r.err, address) {
			t.Errorf("%s: %+v", args, r)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, indexer.FolderOf)); err != nil {
		t.Errorf("clean has removed what knows of the collections: %v", err)
	}
	for _, args := range []string{"doctor", "doctor --fix"} {
		if r := p.run(strings.Fields(args)...); r.code != exitFailure || !strings.Contains(r.out, "fail  qdrant") || !strings.Contains(r.out, address) {
			t.Errorf("%s: %+v", args, r)
		}
	}
}

// TestDoctorAsksTheConfiguredServer, also before there is an index, or beside one in SQLite.
func TestDoctorAsksTheConfiguredServer(t *testing.T) {
	p := newPlace(t)
	t.Chdir(repo(t, sample()))
	p.env["LORADEX_QDRANT_ADDRESS"] = nowhere(t)
	p.ok("doctor")
	p.env["LORADEX_INDEX_STORE"] = workspace.InQdrant
	if r := p.run("doctor"); r.code != exitFailure || !strings.Contains(r.out, "fail  qdrant") {
		t.Errorf("%+v", r)
	}
	p.ok("index", "--store", workspace.InSQLite)
	if r := p.run("doctor"); r.code != exitFailure || !strings.Contains(r.out, "fail  qdrant") || !strings.Contains(r.out, "ok    index") {
		t.Errorf("%+v", r)
	}
}

func TestQdrantSettingsAreChecked(t *testing.T) {
	p := newPlace(t)
	t.Chdir(repo(t, sample()))
	for _, tt := range []struct{ key, value, words string }{
		{"ADDRESS", "nonsense", "nonsense"},
		{"PREFIX", "With Blanks", "With Blanks"},
		{"WRITE_CONSISTENCY", "2", "qdrant.write_consistency is 2"},
	} {
		p.env = map[string]string{"LORADEX_QDRANT_" + tt.key: tt.value}
		if r := p.run("index", "--store", "qdrant"); r.code == exitOK || !strings.Contains(r.err, tt.words) {
			t.Errorf("%s: %+v", tt.key, r)
		}
	}
	p.env = map[string]string{"LORADEX_QDRANT_ADDRESS": "192.0.2.1:6334", "LORADEX_QDRANT_API_KEY": "hush-hush"}
	for _, args := range []string{"index --store qdrant -v", "doctor -v"} {
		p.env["LORADEX_INDEX_STORE"] = workspace.InQdrant
		r := p.run(strings.Fields(args)...)
		if r.code != exitFailure || !strings.Contains(r.err+r.out, "in the clear") || strings.Contains(r.err+r.out, "hush-hush") {
			t.Errorf("%s with a key and without TLS: %+v", args, r)
		}
	}
}

// TestIndexStaysInItsStore: no second index is made beside the first because a setting has changed.
func TestIndexStaysInItsStore(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	t.Chdir(dir)
	p.ok("index")
	p.fails(exitFailure, "conflict", "loradex clean", "index", "--store", "qdrant")
	p.env["LORADEX_INDEX_STORE"] = workspace.InQdrant
	if r := p.run("index"); r.code != exitOK || !strings.Contains(r.err, "stays in sqlite") {
		t.Errorf("%+v", r)
	}
	if got := p.json("status")["index"].(map[string]any)["store"]; got != workspace.InSQLite {
		t.Errorf("the store is %v", got)
	}
	write(t, dir, map[string]string{indexer.FolderOf + "/" + "store.json": `{"store":"redis"}`})
	p.fails(exitFailure, "corrupt", "store.json", "search", "x")
}

// TestRealServer runs the commands over a real Qdrant.
func TestRealServer(t *testing.T) {
	address := os.Getenv("LORADEX_QDRANT")
	if address == "" {
		t.Skip("no real Qdrant: set LORADEX_QDRANT to the host:port of a server")
	}
	overServer(t, newPlace(t), address)
}

// moveBetweenStores moves an index from the server to SQLite and back: the answers stay, and the old copy goes.
func moveBetweenStores(t *testing.T, p *place, dir string) {
	t.Helper()
	question := []string{"search", "--mode", "lexical", "forget", "everything"}
	// The place, not the score: each store counts the words of a collection in its own way.
	place := func() string {
		path, _, _ := strings.Cut(p.ok(question...), " ")
		return path
	}
	before := place()
	database := filepath.Join(dir, indexer.FolderOf, "index.db")
	p.fails(exitFailure, "conflict", "qdrant keeps the index", "store", "copy", "--to", workspace.InQdrant)
	moved := p.json("store", "copy", "--to", workspace.InSQLite)
	if moved["from"] != workspace.InQdrant || moved["to"] != workspace.InSQLite || moved["files"] != 4.0 {
		t.Errorf("to SQLite: %v", moved)
	}
	if got := p.json("status")["index"].(map[string]any)["store"]; got != workspace.InSQLite {
		t.Errorf("the store is %v", got)
	}
	if after := place(); after != before || !strings.HasPrefix(after, "net/fetch.py:") {
		t.Errorf("before the move %q, after it %q", before, after)
	}
	if r := p.run("index", "--json"); r.code != exitOK || document(t, r.out)["files"].(map[string]any)["indexed"] != 0.0 {
		t.Errorf("the moved index is not taken as it is: %+v", r)
	}
	p.ok("store", "copy", "--to", workspace.InQdrant, "--keep")
	if _, err := os.Stat(database); err != nil {
		t.Errorf("--keep keeps nothing: %v", err)
	}
	if after := place(); after != before || !strings.HasPrefix(after, "net/fetch.py:") {
		t.Errorf("before the moves %q, after both %q", before, after)
	}
	must(t, os.Remove(database))
}

// TestStoreCopyRefuses what it cannot do, and leaves the index where it is.
func TestStoreCopyRefuses(t *testing.T) {
	p := newPlace(t)
	dir := repo(t, sample())
	t.Chdir(dir)
	p.fails(exitFailure, "not_found", "loradex index", "store", "copy", "--to", workspace.InQdrant)
	p.ok("index")
	p.fails(exitUsage, "invalid", "sqlite or qdrant", "store", "copy", "--to", "redis")
	p.fails(exitFailure, "conflict", "sqlite keeps the index", "store", "copy", "--to", workspace.InSQLite)
	address := nowhere(t)
	p.env["LORADEX_QDRANT_ADDRESS"] = address
	p.fails(exitFailure, "unavailable", address, "store", "copy", "--to", workspace.InQdrant)
	if out := p.ok("search", "--mode", "lexical", "download", "with", "retry"); !strings.HasPrefix(out, "net/fetch.py:") {
		t.Errorf("search: %s", out)
	}
}

// overServer goes through the life of an index in Qdrant.
func overServer(t *testing.T, p *place, address string) {
	t.Helper()
	dir := repo(t, sample())
	t.Chdir(dir)
	t.Cleanup(func() { p.run("clean", "-y") }) // also after a failure
	p.env["LORADEX_QDRANT_ADDRESS"] = address
	p.ok("index", "--store", "qdrant")
	p.fails(exitFailure, "conflict", "loradex clean", "index", "--store", "sqlite")
	if _, err := os.Stat(filepath.Join(dir, indexer.FolderOf, "index.db")); !os.IsNotExist(err) {
		t.Errorf("there is a database beside the server: %v", err)
	}
	status := p.json("status")["index"].(map[string]any)
	if status["store"] != workspace.InQdrant || status["size"] != nil || status["files"] != 4.0 || status["chunks"] != 4.0 {
		t.Errorf("status: %v", status)
	}
	if out := p.ok("status"); !strings.Contains(out, "store    Qdrant") || !strings.Contains(out, address) {
		t.Errorf("status: %s", out)
	}
	if out := p.ok("search", "--mode", "lexical", "download", "with", "retry"); !strings.HasPrefix(out, "net/fetch.py:") {
		t.Errorf("search: %s", out)
	}
	write(t, dir, map[string]string{"net/fetch.py": "def forget_everything():\n    return None\n"})
	p.ok("index") // without the flag: the folder knows
	if out := p.ok("search", "--mode", "lexical", "forget", "everything"); !strings.HasPrefix(out, "net/fetch.py:") {
		t.Errorf("search after a change: %s", out)
	}
	if out := p.run("search", "--mode", "lexical", "download_with_retry").out; strings.Contains(out, "fetch.py") {
		t.Errorf("the old code is still found: %s", out)
	}
	moveBetweenStores(t, p, dir)
	if out := p.ok("doctor", "--fix"); !strings.Contains(out, "ok    qdrant") || !strings.Contains(out, "ok    index") || !strings.Contains(out, "warn  index") {
		t.Errorf("doctor: %s", out)
	}
	if r := p.run("clean", "-y"); r.code != exitOK || !strings.Contains(r.err, address) {
		t.Errorf("clean: %+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, indexer.FolderOf)); !os.IsNotExist(err) {
		t.Errorf("clean leaves the folder: %v", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, indexer.FolderOf), 0o750))
	write(t, dir, map[string]string{indexer.FolderOf + "/store.json": `{"store":"qdrant"}`})
	p.fails(exitFailure, "not_found", "loradex index", "search", "x") // the server has nothing of it either
}
