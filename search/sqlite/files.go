package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines how files come to a tree, change and go.

// Change implements search.Backend. It first brings the derived files up to date where a state is recorded: a complete
// scan is over. Searches do not see stat data, so no generation is used up for them.
func (s *store) Change(ctx context.Context, tree indexer.Tree, c search.Change) error {
	if c.State != nil {
		if err := s.Flush(ctx); err != nil {
			return err
		}
	}
	err := s.write(ctx, c.String(), c.Files(), func(tx *sql.Tx, generation int64) error {
		id, err := treeID(ctx, tx, tree)
		if err == nil && id == 0 && c.Makes() {
			id, err = makeTree(ctx, tx, tree)
		}
		if id == 0 || err != nil {
			return err
		}
		if c.Files() || len(c.Touch) > 0 {
			if err := changeFiles(ctx, tx, generation, id, &c); err != nil {
				return err
			}
		}
		if c.State == nil {
			return nil
		}
		return putState(ctx, tx, id, *c.State)
	})
	if err != nil || len(c.Put) == 0 {
		return err
	}
	chunks := 0
	for i := range c.Put {
		chunks += len(c.Put[i].Chunks)
	}
	return s.fillWords(ctx, chunks)
}

// changeFiles gives a tree its versions of files.
func changeFiles(ctx context.Context, tx *sql.Tx, generation, tree int64, c *search.Change) error {
	v, err := newVersioner(ctx, tx, tree)
	if err != nil {
		return err
	}
	for _, path := range c.Remove {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.remove(path); err != nil {
			return err
		}
	}
	for i := range c.Share {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.share(&c.Share[i], c.Chunker); err != nil {
			return err
		}
	}
	if len(c.Put) > 0 {
		p, err := newPutter(v, generation, c.Chunker)
		if err != nil {
			return err
		}
		for i := range c.Put {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := p.put(&c.Put[i]); err != nil {
				return err
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(c.Touch)) { // the same pages in the same order, whatever the map says
		id, err := v.current(path)
		if err == nil && id != 0 {
			err = v.keepStat(id, c.Touch[path], true)
		}
		if err != nil {
			return err
		}
	}
	return v.end()
}

// share gives the tree the version of a file that another one has.
func (v *versioner) share(f *indexer.FileState, chunker string) error {
	same, err := v.find(f.Path, f.Blob, f.Language, chunker)
	if err != nil {
		return err
	}
	if same == 0 {
		return fault.New(fault.Conflict, "%s is not in another tree of the index any more", f.Path).
			WithHint("run `loradex index` again")
	}
	return v.move(f.Path, same, f.Stat)
}

// Files implements search.Backend.
func (s *store) Files(ctx context.Context, trees []indexer.Tree, chunker string) ([]indexer.FileState, error) {
	scan := func(rows *sql.Rows) (indexer.FileState, error) {
		var f indexer.FileState
		var inode int64
		err := rows.Scan(&f.Path, &f.Blob, &f.Language, &f.Chunks, &f.Stat.Size, &f.Stat.ModTime, &inode, &f.Stat.Mode, &f.Chunker)
		f.Stat.Inode = uint64(inode) //nolint:gosec // see keepStat
		return f, err
	}
	return read(ctx, s, "list files", func(tx *sql.Tx) ([]indexer.FileState, error) {
		if len(trees) == 1 {
			return list(ctx, tx, scan, `SELECT f.path, f.blob, f.language, f.chunks,
				coalesce(s.size, 0), coalesce(s.mtime, 0), coalesce(s.inode, 0), coalesce(s.mode, 0), f.chunker
				FROM trees t CROSS JOIN members m ON m.tree_id = t.id CROSS JOIN files f ON f.id BETWEEN m.first AND m.last
				LEFT JOIN stats s ON s.tree_id = t.id AND s.file_id = f.id
				WHERE t.repo = ? AND t.branch = ? AND t.rev = ? AND ?4 IN ('', f.chunker)`, trees[0].Repo, trees[0].Branch, trees[0].Rev, chunker)
		}
		ids, all, err := treeIDs(ctx, tx, trees)
		if err != nil {
			return nil, err
		}
		return list(ctx, tx, scan, `SELECT path, blob, language, chunks, 0, 0, 0, 0, chunker FROM files WHERE ?1 IN ('', chunker)
			AND (?2 OR `+isMemberOf("?3", "files.id")+`)`, chunker, all, jsonList(ids))
	})
}
