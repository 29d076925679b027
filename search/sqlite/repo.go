package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/fault"
)

// languagesKey is the meta row with the mixes of a language-wise index. They are those of all trees: a chunk may be in
// several.
const languagesKey = "languages"

// PutRepo implements indexer.Sink, for the zero tree. It first brings the derived files up to date: a complete scan is
// over.
func (s *Store) PutRepo(ctx context.Context, r indexer.RepoState) error {
	return s.putRepo(ctx, indexer.Tree{}, r)
}

func (s *Store) putRepo(ctx context.Context, tree indexer.Tree, r indexer.RepoState) error {
	if err := s.Flush(ctx); err != nil {
		return err
	}
	languages := ""
	if len(r.Languages) > 0 {
		text, err := json.Marshal(r.Languages)
		if err != nil {
			return fault.Wrap(fault.Internal, err, "repository state")
		}
		languages = string(text)
	}
	r.Languages = nil
	body, err := json.Marshal(r)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "repository state")
	}
	return s.write(ctx, "write the repository's state", false, func(tx *sql.Tx, _ int64) error {
		if err := refreshCommonTerms(ctx, tx, changedByTenth); err != nil {
			return err
		}
		id, err := makeTree(ctx, tx, tree)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE trees SET body = ? WHERE id = ?", string(body), id); err != nil {
			return err
		}
		return putMeta(ctx, tx, languagesKey, languages)
	})
}

// Repo implements indexer.Manifest, for the zero tree.
func (s *Store) Repo(ctx context.Context) (indexer.RepoState, error) {
	return s.repo(ctx, indexer.Tree{})
}

func (s *Store) repo(ctx context.Context, tree indexer.Tree) (indexer.RepoState, error) {
	var r indexer.RepoState
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		var body string
		err := tx.QueryRowContext(ctx, "SELECT body FROM trees WHERE repo = ? AND branch = ? AND rev = ?",
			tree.Repo, tree.Branch, tree.Rev).Scan(&body)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if r, err = s.decodeState(body); err != nil {
			return err
		}
		r.Languages, err = s.languages(ctx, tx)
		return err
	})
	return r, s.explain(ctx, err, "read the repository's state")
}

// decodeState reads the state of a tree, the zero value where none was recorded yet.
func (s *Store) decodeState(body string) (indexer.RepoState, error) {
	var r indexer.RepoState
	if body == "" {
		return r, nil
	}
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, fault.Wrap(fault.Corrupt, err, "%s: state of the repository", s.path()).WithHint(cleanHint)
	}
	return r, nil
}

// languages returns the mixes of a language-wise index, nil for any other.
func (s *Store) languages(ctx context.Context, q querier) (map[string]adapters.Mix, error) {
	text, err := getMeta(ctx, q, languagesKey)
	if text == "" || err != nil {
		return nil, err
	}
	var mixes map[string]adapters.Mix
	if err := json.Unmarshal([]byte(text), &mixes); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s: mixes of the languages", s.path()).WithHint(cleanHint)
	}
	return mixes, nil
}

// ChunkCount implements indexer.Manifest, for all trees.
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
