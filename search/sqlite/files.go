package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"loradex/indexer"
)

// PutFiles implements indexer.Sink.
func (s *Store) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	for i := range files {
		if err := files[i].Validate(); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "write files", true, func(tx *sql.Tx, generation int64) error {
		p, err := newPutter(ctx, tx, generation, chunker)
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

// RemoveFiles implements indexer.Sink.
func (s *Store) RemoveFiles(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "remove files", true, func(tx *sql.Tx, _ int64) error {
		for _, path := range paths {
			var id int64
			err := tx.QueryRowContext(ctx, "DELETE FROM files WHERE path = ? RETURNING id", path).Scan(&id)
			if err == sql.ErrNoRows { //nolint:errorlint // database/sql returns it bare
				continue
			}
			if err != nil {
				return err
			}
			if err := deleteChunks(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func deleteChunks(ctx context.Context, tx *sql.Tx, file int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM fts WHERE rowid IN (SELECT id FROM chunks WHERE file_id = ?)", file); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM chunks WHERE file_id = ?", file)
	return err
}

// TouchFiles implements indexer.Sink. Searches do not see the stat data, so no generation is used up.
func (s *Store) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	if len(stats) == 0 {
		return ctx.Err()
	}
	paths := make([]string, 0, len(stats))
	for path := range stats {
		paths = append(paths, path)
	}
	slices.Sort(paths) // the same pages in the same order, whatever the map says
	return s.write(ctx, "update files", false, func(tx *sql.Tx, _ int64) error {
		stmt, err := tx.PrepareContext(ctx, "UPDATE files SET stat_size = ?, stat_mtime = ?, stat_inode = ?, stat_mode = ? WHERE path = ?")
		if err != nil {
			return err
		}
		defer stmt.Close() //nolint:errcheck // nothing to do about it
		for _, path := range paths {
			st := stats[path]
			if _, err := stmt.ExecContext(ctx, st.Size, st.ModTime, int64(st.Inode), st.Mode, path); err != nil { //nolint:gosec // the bits are kept, and turned back when read
				return err
			}
		}
		return nil
	})
}

// Files implements indexer.Manifest.
func (s *Store) Files(ctx context.Context) (map[string]indexer.FileState, error) {
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
	}, "SELECT path, blob, language, chunks, stat_size, stat_mtime, stat_inode, stat_mode FROM files")
	if err != nil {
		return nil, s.explain(ctx, err, "list files")
	}
	return out, nil
}
