package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"loradex/indexer"
)

// This file defines how a tree comes to versions of files and leaves them.

// versioner changes which versions one tree has. Its statements end with its transaction.
type versioner struct {
	ctx  context.Context //nolint:containedctx // lives as long as one call
	tx   *sql.Tx
	tree int64
	was  spans          // the versions that the tree had before this call
	now  spans          // and those that it has; end writes them
	gone map[int64]bool // versions that went in this call

	at, same, others, stamp, unstamp, orphan *sql.Stmt
}

func newVersioner(ctx context.Context, tx *sql.Tx, tree int64) (*versioner, error) {
	// database/sql rolls the transaction back when ctx ends, and callers look at it between files. Without this, the
	// driver would start a goroutine for each of the many small statements to watch ctx.
	ctx = context.WithoutCancel(ctx)
	was, err := readSpans(ctx, tx, tree)
	if err != nil {
		return nil, err
	}
	v := &versioner{ctx: ctx, tx: tx, tree: tree, was: was, now: slices.Clone(was), gone: map[int64]bool{}}
	return v, prepareAll(ctx, tx, []statement{
		{&v.at, "SELECT id FROM files WHERE path = ?"},
		{&v.same, "SELECT id FROM files WHERE path = ? AND blob = ? AND language = ? AND chunker = ?"},
		{&v.others, "SELECT EXISTS (SELECT 1 FROM trees t WHERE t.id <> ?2 AND " + isMember("t.id", "?1") + ")"},
		{&v.stamp, "INSERT OR REPLACE INTO stats (tree_id, file_id, size, mtime, inode, mode) VALUES (?, ?, ?, ?, ?, ?)"},
		{&v.unstamp, "DELETE FROM stats WHERE tree_id = ? AND file_id = ?"},
		{&v.orphan, "DELETE FROM files WHERE id = ?"},
	})
}

// end writes which versions the tree has.
func (v *versioner) end() error { return writeSpans(v.ctx, v.tx, v.tree, v.was, v.now) }

// find returns the version with a content, 0 where the index has none. Nothing is known of a file without a blob.
func (v *versioner) find(path, blob, language, chunker string) (int64, error) {
	if blob == "" {
		return 0, nil
	}
	return value[int64](v.same.QueryRowContext(v.ctx, path, blob, language, chunker))
}

// elsewhere says whether another tree has a version.
func (v *versioner) elsewhere(id int64) (bool, error) {
	return value[bool](v.others.QueryRowContext(v.ctx, id, v.tree))
}

// current returns the version that the tree has of a path, 0 where there is none.
func (v *versioner) current(path string) (id int64, err error) {
	rows, err := v.at.QueryContext(v.ctx, path)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // Err below reports what matters
	for rows.Next() {
		if err := rows.Scan(&id); err != nil || v.now.has(id) {
			return id, err
		}
	}
	return 0, rows.Err()
}

// own returns the version that the tree has of a path, 0 where there is none or another tree has it too.
func (v *versioner) own(path string) (int64, error) {
	id, err := v.current(path)
	if id == 0 || err != nil {
		return 0, err
	}
	if shared, err := v.elsewhere(id); shared || err != nil {
		return 0, err
	}
	return id, nil
}

// move gives the tree a version of a path, in place of the one that it has. The one that it has may be the same.
func (v *versioner) move(path string, to int64, stat indexer.Stat) error {
	old, err := v.current(path)
	if err != nil {
		return err
	}
	if old != 0 && old != to {
		if err := v.part(old); err != nil {
			return err
		}
	}
	v.now = v.now.with(to)
	return v.keepStat(to, stat, old == to)
}

// keepStat keeps the stat data of a version; there may be some already.
func (v *versioner) keepStat(id int64, stat indexer.Stat, may bool) error {
	var err error
	if stat != (indexer.Stat{}) {
		_, err = v.stamp.ExecContext(v.ctx, v.tree, id, stat.Size, stat.ModTime, int64(stat.Inode), stat.Mode) //nolint:gosec // the bits are kept, and turned back when read
	} else if may {
		_, err = v.unstamp.ExecContext(v.ctx, v.tree, id)
	}
	return err
}

// remove takes a path from the tree. A path that it does not have is fine.
func (v *versioner) remove(path string) error {
	old, err := v.current(path)
	if old == 0 || err != nil {
		return err
	}
	return v.part(old)
}

// part takes a version from the tree, and out of the index where no other tree has it.
func (v *versioner) part(id int64) error {
	v.now = v.now.without(id)
	if err := v.keepStat(id, indexer.Stat{}, true); err != nil {
		return err
	}
	if shared, err := v.elsewhere(id); shared || err != nil {
		return err
	}
	if _, err := v.orphan.ExecContext(v.ctx, id); err != nil {
		return err
	}
	v.gone[id] = true
	return deleteChunks(v.ctx, v.tx, id)
}

func deleteChunks(ctx context.Context, tx *sql.Tx, file int64) error {
	return execAll(ctx, tx, []string{
		"DELETE FROM symbols WHERE chunk_id IN (SELECT id FROM chunks WHERE file_id = ?)",
		"DELETE FROM chunks WHERE file_id = ?",
	}, file)
}
