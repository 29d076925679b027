package workspace

// This file checks an index and what keeps it.

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/sqlite"
)

// index checks the nearest index, and the server where one is in use.
func (c *checker) index(ctx context.Context, where string) error {
	dir, err := c.FindIndex(ctx, where)
	if err != nil {
		c.server(ctx, c.Config.Index.Store)
		if fault.CodeOf(err) == fault.NotFound {
			c.failed("index", checkOK, err)
			return nil
		}
		return err
	}
	kind, _, err := storeOf(dir)
	if err != nil {
		return err
	}
	if !c.server(ctx, kind) && kind == InQdrant {
		c.add("index", CheckFail, dir+" is kept in Qdrant, which cannot be asked", "see qdrant above")
		return nil
	}
	store, err := c.openStore(ctx, dir, kind, !c.fix || kind == InQdrant)
	if err != nil {
		return err
	}
	if spaces, err := search.Spaces(ctx, store, nil); err == nil {
		if of := madeWith(spaces); of != nil {
			c.add("base", checkOK, fmt.Sprintf("the index was made with %s (digest %.16s)", of.Model, of.Base), "")
		}
	}
	if files, ok := store.(sqlite.Store); ok {
		err = c.files(ctx, files, dir)
	} else {
		err = c.collections(ctx, store, dir)
	}
	if err != nil {
		return err
	}
	return c.changed(ctx, where)
}

// changed compares the index with the files.
func (c *checker) changed(ctx context.Context, where string) error {
	if c.Shared != "" {
		where = ""
	}
	l := c.Open(where)
	in, err := l.scope(ctx, search.Selection{})
	if fault.CodeOf(err) == fault.NotFound {
		c.failed("files", checkWarn, err)
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.gone(ctx, in); err != nil {
		return err
	}
	trees, missing, err := l.changedFiles(ctx, in)
	for _, repo := range missing {
		c.add("files", checkWarn, repo+" is not there any more, or cannot be opened", "index it where it is now, and remove what is left with `loradex clean --repo`")
	}
	if err != nil || len(trees) == 0 {
		return err
	}
	n := 0
	for _, changed := range trees {
		n += changed
	}
	if n == 0 {
		c.add("files", checkOK, "the index has the files as they are", "")
		return nil
	}
	c.add("files", checkWarn, fmt.Sprintf("files that changed since the index was made: %d", n), "run `loradex index`")
	return nil
}

// gone names the linked work trees of the index that were removed.
func (c *checker) gone(ctx context.Context, in scope) error {
	if c.Shared != "" {
		return nil
	}
	state, err := in.store.State(ctx)
	if err != nil {
		return err
	}
	for _, t := range state.Trees {
		if isGone(t.Tree) {
			c.add("work trees", checkWarn, t.Repo+" was removed, and the index still has it", "run `loradex clean --gone`")
		}
	}
	return nil
}

// server asks the Qdrant server how it is, where an index or the settings need it. false where it is of no use.
func (c *checker) server(ctx context.Context, kind string) bool {
	if kind != InQdrant && c.Config.Index.Store != InQdrant {
		c.add("qdrant", checkOK, "not configured; the index is kept in SQLite", "")
		return true
	}
	o := c.qdrantOptions()
	o.Retries = -1 // a person waits, and may ask again
	health, err := qdrant.Check(ctx, o)
	if err != nil {
		c.failed("qdrant", CheckFail, qdrantError(err))
		return false
	}
	c.add("qdrant", checkOK, fmt.Sprintf("%s answers within %v", health.String(), health.Latency.Round(100*time.Microsecond)), "")
	return true
}

// collections looks at an index in Qdrant.
func (c *checker) collections(ctx context.Context, store search.Backend, dir string) error {
	if c.fix {
		c.failed("index", checkWarn, fault.New(fault.Unsupported, "`loradex doctor --fix` repairs derived files of SQLite; an index in Qdrant has none").
			WithHint("`loradex clean` and `loradex index` make an index anew"))
	}
	held, err := store.Describe(ctx)
	if err != nil {
		return qdrantError(err)
	}
	bad := false
	for _, col := range held.Server.Collections {
		if col.Status == "red" || col.Error != "" {
			bad = true
			c.add("index", CheckFail, fmt.Sprintf("collection %s is %s: %s", col.Name, col.Status, cmp.Or(col.Error, "no reason given")),
				"look at the server's log; `loradex clean` and `loradex index` make the index anew")
		}
	}
	if !bad {
		c.add("index", checkOK, fmt.Sprintf("%s is kept in %s", dir, held.Server), "")
	}
	return nil
}

// files checks an index in SQLite, and repairs what is derived.
func (c *checker) files(ctx context.Context, store sqlite.Store, dir string) error {
	report, err := store.Check(ctx)
	if err != nil {
		return err
	}
	if c.fix && !report.OK() {
		if err := store.Repair(ctx); err != nil {
			return err
		}
		before := report
		if report, err = store.Check(ctx); err != nil {
			return err
		}
		if n := len(before.Derived) - len(report.Derived); n > 0 {
			c.add("repair", checkOK, fmt.Sprintf("%d problems of derived files are repaired", n), "")
		}
	}
	for _, p := range report.Problems {
		c.add("index", CheckFail, p, "run `loradex clean` and `loradex index`")
	}
	for _, p := range report.Derived {
		c.add("index", CheckFail, p, "run `loradex doctor --fix`")
	}
	if report.OK() {
		c.add("index", checkOK, dir+" is sound", "")
	}
	return nil
}
