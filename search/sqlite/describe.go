package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"loradex/search"
)

// Describe implements search.Backend.
func (s *store) Describe(ctx context.Context) (search.Description, error) {
	d := search.Description{Size: &search.Size{}}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		var err error
		if d.Trees, err = s.countedTrees(ctx, tx); err != nil {
			return err
		}
		st := d.Size
		return tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM files), (SELECT coalesce(sum(chunks), 0) FROM files),
			(SELECT count(*) FROM texts), (SELECT count(*) FROM vectors), (SELECT count(*) FROM chunk_lists), (SELECT count(*) FROM spaces)`).
			Scan(&st.Files, &st.Chunks, &st.Texts, &st.Vectors, &st.ChunkLists, &st.Spaces)
	})
	if err == nil {
		d.Size.DatabaseBytes, err = fileSize(s.path())
	}
	if err == nil {
		d.Size.WALBytes, err = fileSize(s.path() + "-wal")
	}
	if err == nil {
		d.Size.VectorBytes, err = folderSize(s.vectorsDir())
	}
	if err == nil {
		d.Size.WordBytes, err = folderSize(s.wordsDir())
	}
	return d, s.explain(ctx, err, "count")
}

func folderSize(dir string) (total int64, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
	}
	return total, err
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
