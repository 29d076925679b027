package main

// This file checks an index and what keeps it, for `doctor`.

import (
	"context"
	"fmt"
	"time"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/sqlite"
	"loradex/workspace"
)

// index checks the nearest index, and the server where one is in use.
func (d *doctor) index(ctx context.Context, where string) {
	dir, err := d.a.FindIndex(where)
	if err != nil {
		d.server(ctx, d.a.Config.Index.Store)
		if notFound(err) {
			d.add("index", checkOK, "none here; `loradex index` makes one", "")
			return
		}
		d.failed("index", checkFail, err)
		return
	}
	kind, _, err := workspace.StoreOf(dir)
	if err != nil {
		d.failed("index", checkFail, err)
		return
	}
	if !d.server(ctx, kind) && kind == workspace.InQdrant {
		d.add("index", checkFail, dir+" is kept in Qdrant, which cannot be asked", "see qdrant above")
		return
	}
	store, err := d.a.OpenStore(ctx, dir, kind, !d.fix || kind == workspace.InQdrant)
	if err != nil {
		d.failed("index", checkFail, err)
		return
	}
	if files, ok := store.(*sqlite.Store); ok {
		d.files(ctx, files, dir)
	} else {
		d.collections(ctx, store, dir)
	}
}

// server asks the Qdrant server how it is, where an index or the settings need it. false where it is of no use.
func (d *doctor) server(ctx context.Context, kind string) bool {
	if kind != workspace.InQdrant && d.a.Config.Index.Store != workspace.InQdrant {
		d.add("qdrant", checkOK, "not configured; the index is kept in SQLite", "")
		return true
	}
	o := d.a.QdrantOptions()
	o.Retries = -1 // a person waits, and may ask again
	health, err := qdrant.Check(ctx, o)
	if err != nil {
		d.failed("qdrant", checkFail, workspace.QdrantError(err))
		return false
	}
	d.add("qdrant", checkOK, fmt.Sprintf("%s answers within %v", serverText(health), health.Latency.Round(100*time.Microsecond)), "")
	return true
}

// collections looks at an index in Qdrant.
func (d *doctor) collections(ctx context.Context, store search.Backend, dir string) {
	if d.fix {
		d.failed("index", checkWarn, fault.New(fault.Unsupported, "`loradex doctor --fix` repairs derived files of SQLite; an index in Qdrant has none").
			WithHint("`loradex clean` and `loradex index` make an index anew"))
	}
	held, err := store.Describe(ctx)
	if err != nil {
		d.failed("index", checkFail, workspace.QdrantError(err))
		return
	}
	bad := false
	for _, c := range held.Server.Collections {
		if c.Status == "red" || c.Error != "" {
			bad = true
			d.add("index", checkFail, fmt.Sprintf("collection %s is %s: %s", c.Name, c.Status, orElse(c.Error, "no reason given")),
				"look at the server's log; `loradex clean` and `loradex index` make the index anew")
		}
	}
	if !bad {
		d.add("index", checkOK, fmt.Sprintf("%s is kept in %s", dir, serverText(*held.Server)), "")
	}
}

// serverText is a server, and what it holds of an index, in words.
func serverText(h search.Server) string {
	text := fmt.Sprintf("Qdrant %s at %s", h.Version, h.Address)
	if len(h.Collections) == 0 {
		return text
	}
	points := 0
	for _, c := range h.Collections {
		points += int(min(c.Points, 1<<40)) //nolint:gosec // bounded
	}
	return fmt.Sprintf("%s: %d collections, %s points", text, len(h.Collections), thousands(points))
}

// files checks an index in SQLite, and repairs what is derived.
func (d *doctor) files(ctx context.Context, store *sqlite.Store, dir string) {
	report, err := store.Check(ctx)
	if err != nil {
		d.failed("index", checkFail, err)
		return
	}
	if d.fix && !report.OK() {
		if err := store.Repair(ctx); err != nil {
			d.failed("index", checkFail, err)
			return
		}
		before := report
		if report, err = store.Check(ctx); err != nil {
			d.failed("index", checkFail, err)
			return
		}
		if n := len(before.Derived) - len(report.Derived); n > 0 {
			d.add("repair", checkOK, fmt.Sprintf("%d problems of derived files are repaired", n), "")
		}
	}
	for _, p := range report.Problems {
		d.add("index", checkFail, p, "run `loradex clean` and `loradex index`")
	}
	for _, p := range report.Derived {
		d.add("index", checkFail, p, "run `loradex doctor --fix`")
	}
	if report.OK() {
		d.add("index", checkOK, dir+" is sound", "")
	}
}
