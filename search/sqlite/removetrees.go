package sqlite

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines how trees and indexes go, completely: what they alone needed is neither in the tables afterwards nor in the
// free places of the files.

// RemoveTrees implements search.Backend. Texts, vectors and chunk lists that are only kept for what may come back go
// too, of all trees: nobody knows whose they were. It writes the database anew, so it needs its size again on the disk.
// Conflict where a search of another process keeps the old state in use; the trees are gone then, and a second call
// finishes.
func (s *store) RemoveTrees(ctx context.Context, trees ...indexer.Tree) error {
	if err := s.filled(nil); err != nil {
		return err
	}
	if s.writer != nil {
		// What is deleted is overwritten at once: a process that is killed before the database is written anew leaves
		// nothing to read.
		if _, err := s.writer.ExecContext(ctx, "PRAGMA secure_delete = ON"); err != nil {
			return s.explain(ctx, err, "remove trees")
		}
	}
	err := s.write(ctx, "remove trees", true, func(tx *sql.Tx, _ int64) error {
		var ids []int64
		for _, t := range trees {
			id, err := treeID(ctx, tx, t)
			if err != nil {
				return err
			}
			if id == 0 {
				return fault.New(fault.NotFound, "the index does not hold the %s", t).WithHint("`loradex status` lists what it holds")
			}
			ids = append(ids, id)
		}
		return removeTrees(ctx, tx, ids)
	})
	if err != nil {
		return err
	}
	return s.rewrite(ctx)
}

func removeTrees(ctx context.Context, tx *sql.Tx, ids []int64) error {
	err := execAll(ctx, tx, []string{
		"DELETE FROM members WHERE tree_id IN (SELECT value FROM json_each(?))",
		"DELETE FROM stats WHERE tree_id IN (SELECT value FROM json_each(?))",
		"DELETE FROM trees WHERE id IN (SELECT value FROM json_each(?))",
	}, jsonList(ids))
	if err != nil {
		return err
	}
	const orphans = "(SELECT c.id FROM chunks c WHERE c.file_id NOT IN (" + allMembers + "))"
	err = execAll(ctx, tx, []string{
		"DELETE FROM symbols WHERE chunk_id IN " + orphans,
		"DELETE FROM chunks WHERE id IN " + orphans,
		"DELETE FROM files WHERE id NOT IN (" + allMembers + ")",
	})
	if err != nil {
		return err
	}
	if err := forgetUnused(ctx, tx); err != nil {
		return err
	}
	return execAll(ctx, tx, []string{"DELETE FROM kinds WHERE id NOT IN (SELECT kind_id FROM chunks)"})
}

// forgetUnused deletes what no chunk of the index needs: cached texts, vectors and chunk lists of branches and files that are
// gone.
func forgetUnused(ctx context.Context, tx *sql.Tx) error {
	return execAll(ctx, tx, []string{
		"DELETE FROM vectors WHERE text_id NOT IN (SELECT text_id FROM chunks)",
		"DELETE FROM texts WHERE id NOT IN (SELECT text_id FROM chunks)",
		"DELETE FROM chunk_lists WHERE (blob, language) NOT IN (SELECT blob, language FROM files)",
	})
}

// rewrite makes the files of the index anew, without what they held once.
func (s *store) rewrite(ctx context.Context) error {
	if err := s.removeDerived(ctx); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, "VACUUM"); err != nil {
		return s.explain(ctx, err, "write the index anew")
	}
	var busy, pages, moved int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
		return s.explain(ctx, err, "write the index anew")
	}
	if busy != 0 {
		return fault.New(fault.Conflict, "another process reads %s: what was removed is still on the disk", s.path()).
			WithHint("stop `loradex serve` and the like; the next `loradex index` or `loradex clean` finishes it")
	}
	return s.Flush(ctx)
}

// Destroy deletes the database and the derived files of a folder, and leaves what others put there. The caller sees to it
// that nobody has the index open. A folder without an index is left as it is.
func Destroy(dir string) error {
	for _, name := range []string{vectorsName, wordsName, databaseName + "-shm", databaseName + "-wal", databaseName} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the index in %s cannot be removed", dir)
		}
	}
	return nil
}
