package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"loradex/indexer"
	"loradex/internal/fault"
)

// PutRepo implements indexer.Sink. It first brings the derived files up to date: a complete scan is over.
func (s *Store) PutRepo(ctx context.Context, r indexer.RepoState) error {
	if err := s.Flush(ctx); err != nil {
		return err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "repository state")
	}
	return s.write(ctx, "write the repository's state", false, func(tx *sql.Tx, _ int64) error {
		if err := refreshCommonTerms(ctx, tx, changedByTenth); err != nil {
			return err
		}
		return putMeta(ctx, tx, "repo", string(body))
	})
}

// Repo implements indexer.Manifest.
func (s *Store) Repo(ctx context.Context) (indexer.RepoState, error) {
	var r indexer.RepoState
	body, err := getMeta(ctx, s.readers, "repo")
	if err == nil && body != "" {
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return r, fault.Wrap(fault.Corrupt, err, "%s: state of the repository", s.path()).WithHint(cleanHint)
		}
	}
	return r, s.explain(ctx, err, "read the repository's state")
}

// ChunkCount implements indexer.Manifest.
func (s *Store) ChunkCount(ctx context.Context) (int, error) {
	n, err := countChunks(ctx, s.readers)
	return n, s.explain(ctx, err, "count chunks")
}

// countChunks adds up what the files say: there are far fewer of them than chunks.
func countChunks(ctx context.Context, q querier) (int, error) {
	var n int
	return n, q.QueryRowContext(ctx, "SELECT coalesce(sum(chunks), 0) FROM files").Scan(&n)
}

// getMeta returns a value, "" where there is none.
func getMeta(ctx context.Context, q querier, key string) (string, error) {
	var value string
	err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func putMeta(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, value)
	return err
}
