package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"loradex/search/sqlite/vecfile"
)

// Stats says how big an index is.
type Stats struct {
	DatabaseBytes int64 `json:"database_bytes"` // index.db
	WALBytes      int64 `json:"wal_bytes"`      // changes that are not folded into it yet
	VectorBytes   int64 `json:"vector_bytes"`   // derived files
	Files         int   `json:"files"`
	Chunks        int   `json:"chunks"`
	Texts         int   `json:"texts"`       // distinct texts, also of chunks that are gone
	Vectors       int   `json:"vectors"`     // in all spaces, also of texts that no chunk has
	ChunkLists    int   `json:"chunk_lists"` // cached lists
	Spaces        int   `json:"spaces"`
}

// Stats counts what the index holds.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	var st Stats
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM files), (SELECT coalesce(sum(chunks), 0) FROM files),
			(SELECT count(*) FROM texts), (SELECT count(*) FROM vectors), (SELECT count(*) FROM chunk_lists), (SELECT count(*) FROM spaces)`).
			Scan(&st.Files, &st.Chunks, &st.Texts, &st.Vectors, &st.ChunkLists, &st.Spaces)
	})
	if err == nil {
		st.DatabaseBytes, err = fileSize(s.path())
	}
	if err == nil {
		st.WALBytes, err = fileSize(s.path() + "-wal")
	}
	if err == nil {
		st.VectorBytes, err = vecfile.Sizes(s.vectorsDir())
	}
	return st, s.explain(ctx, err, "count")
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
