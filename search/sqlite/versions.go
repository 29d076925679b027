package sqlite

import (
	"context"
	"database/sql"

	"loradex/indexer"
)

// This file defines how a tree comes to versions of files and leaves them.

// versioner changes which versions one tree has. Its statements end with its transaction.
type versioner struct {
	ctx  context.Context //nolint:containedctx // lives as long as one call
	tx   *sql.Tx
	tree int64
	gone map[int64]bool // versions that went in this call

	current, same, others, join, leave, orphan *sql.Stmt
}

func newVersioner(ctx context.Context, tx *sql.Tx, tree int64) (*versioner, error) {
	// database/sql rolls the transaction back when ctx ends, and callers look at it between files. Without this, the
	// driver would start a goroutine for each of the many small statements to watch ctx.
	ctx = context.WithoutCancel(ctx)
	v := &versioner{ctx: ctx, tx: tx, tree: tree, gone: map[int64]bool{}}
	return v, prepareAll(ctx, tx, []statement{
		{&v.current, "SELECT f.id FROM files f JOIN members m ON m.tree_id = ?1 AND m.file_id = f.id WHERE f.path = ?2"},
		{&v.same, "SELECT id FROM files WHERE path = ? AND blob = ? AND language = ? AND chunker = ?"},
		{&v.others, "SELECT EXISTS (SELECT 1 FROM members WHERE file_id = ?1 AND tree_id <> ?2)"},
		{&v.join, `INSERT OR REPLACE INTO members (tree_id, file_id, stat_size, stat_mtime, stat_inode, stat_mode)
			VALUES (?, ?, ?, ?, ?, ?)`},
		{&v.leave, "DELETE FROM members WHERE tree_id = ? AND file_id = ?"},
		{&v.orphan, "DELETE FROM files WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM members WHERE file_id = ?1)"},
	})
}

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

// own returns the version that the tree has of a path, 0 where there is none or another tree has it too.
func (v *versioner) own(path string) (int64, error) {
	id, err := value[int64](v.current.QueryRowContext(v.ctx, v.tree, path))
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
	old, err := value[int64](v.current.QueryRowContext(v.ctx, v.tree, path))
	if err != nil {
		return err
	}
	if old != 0 && old != to {
		if err := v.part(old); err != nil {
			return err
		}
	}
	_, err = v.join.ExecContext(v.ctx, v.tree, to, stat.Size, stat.ModTime, int64(stat.Inode), stat.Mode) //nolint:gosec // see TouchFiles
	return err
}

// remove takes a path from the tree. A path that it does not have is fine.
func (v *versioner) remove(path string) error {
	old, err := value[int64](v.current.QueryRowContext(v.ctx, v.tree, path))
	if old == 0 || err != nil {
		return err
	}
	return v.part(old)
}

// part takes a version from the tree, and out of the index where no other tree has it.
func (v *versioner) part(id int64) error {
	if _, err := v.leave.ExecContext(v.ctx, v.tree, id); err != nil {
		return err
	}
	result, err := v.orphan.ExecContext(v.ctx, id)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
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
