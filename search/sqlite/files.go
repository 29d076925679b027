package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"loradex/indexer"
)

// This file defines how files come to a tree, change and go.

// PutFiles implements indexer.Sink, for the zero tree.
func (s *Store) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	return s.putFiles(ctx, indexer.Tree{}, chunker, files)
}

func (s *Store) putFiles(ctx context.Context, tree indexer.Tree, chunker string, files []indexer.File) error {
	for i := range files {
		if err := files[i].Validate(); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "write files", true, func(tx *sql.Tx, generation int64) error {
		id, err := makeTree(ctx, tx, tree)
		if err != nil {
			return err
		}
		p, err := newPutter(ctx, tx, generation, id, chunker)
		if err != nil {
			return err
		}
		for i := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := p.put(&files[i]); err != nil {
				return err
			}
		}
		if err := p.words(); err != nil {
			return err
		}
		return refreshCommonTerms(ctx, tx, grownTwofold)
	})
}

// RemoveFiles implements indexer.Sink, for the zero tree.
func (s *Store) RemoveFiles(ctx context.Context, paths []string) error {
	return s.removeFiles(ctx, indexer.Tree{}, paths)
}

func (s *Store) removeFiles(ctx context.Context, tree indexer.Tree, paths []string) error {
	if len(paths) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "remove files", true, func(tx *sql.Tx, _ int64) error {
		id, err := treeID(ctx, tx, tree)
		if id == 0 || err != nil {
			return err
		}
		v, err := newVersioner(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := v.remove(path); err != nil {
				return err
			}
		}
		return nil
	})
}

// TouchFiles implements indexer.Sink, for the zero tree. Searches do not see the stat data, so no generation is used up.
func (s *Store) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	return s.touchFiles(ctx, indexer.Tree{}, stats)
}

func (s *Store) touchFiles(ctx context.Context, tree indexer.Tree, stats map[string]indexer.Stat) error {
	if len(stats) == 0 {
		return ctx.Err()
	}
	paths := make([]string, 0, len(stats))
	for path := range stats {
		paths = append(paths, path)
	}
	slices.Sort(paths) // the same pages in the same order, whatever the map says
	return s.write(ctx, "update files", false, func(tx *sql.Tx, _ int64) error {
		id, err := treeID(ctx, tx, tree)
		if id == 0 || err != nil {
			return err
		}
		stmt, err := tx.PrepareContext(ctx, `UPDATE members SET stat_size = ?, stat_mtime = ?, stat_inode = ?, stat_mode = ?
			WHERE tree_id = ?5 AND file_id IN (SELECT f.id FROM files f JOIN members m ON m.tree_id = ?5 AND m.file_id = f.id WHERE f.path = ?6)`)
		if err != nil {
			return err
		}
		defer stmt.Close() //nolint:errcheck // nothing to do about it
		for _, path := range paths {
			st := stats[path]
			if _, err := stmt.ExecContext(ctx, st.Size, st.ModTime, int64(st.Inode), st.Mode, id, path); err != nil { //nolint:gosec // the bits are kept, and turned back when read
				return err
			}
		}
		return nil
	})
}

// Files implements indexer.Manifest, for the zero tree.
func (s *Store) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	return s.files(ctx, indexer.Tree{})
}

func (s *Store) files(ctx context.Context, tree indexer.Tree) (map[string]indexer.FileState, error) {
	out := map[string]indexer.FileState{}
	err := each(ctx, s.readers, func(rows *sql.Rows) error {
		var f indexer.FileState
		var inode int64
		if err := rows.Scan(&f.Path, &f.Blob, &f.Language, &f.Chunks, &f.Stat.Size, &f.Stat.ModTime, &inode, &f.Stat.Mode); err != nil {
			return err
		}
		f.Stat.Inode = uint64(inode) //nolint:gosec // see TouchFiles
		out[f.Path] = f
		return nil
	}, `SELECT f.path, f.blob, f.language, f.chunks, m.stat_size, m.stat_mtime, m.stat_inode, m.stat_mode
		FROM trees t CROSS JOIN members m ON m.tree_id = t.id CROSS JOIN files f ON f.id = m.file_id
		WHERE t.repo = ? AND t.branch = ? AND t.rev = ?`, tree.Repo, tree.Branch, tree.Rev)
	if err != nil {
		return nil, s.explain(ctx, err, "list files")
	}
	return out, nil
}
