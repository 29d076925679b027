package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/fault"
)

// languagesKey is the meta row with the mixes of a language-wise index. They are those of all trees: a chunk may be in
// several.
const languagesKey = "languages"

// putState records the state of a tree.
func putState(ctx context.Context, tx *sql.Tx, tree int64, r indexer.RepoState) error {
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
	if _, err := tx.ExecContext(ctx, "UPDATE trees SET body = ? WHERE id = ?", string(body), tree); err != nil {
		return err
	}
	return putMeta(ctx, tx, languagesKey, languages)
}

// decodeState reads the state of a tree, the zero value where none was recorded yet.
func (s *store) decodeState(body string) (indexer.RepoState, error) {
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
func (s *store) languages(ctx context.Context, q querier) (map[string]adapters.Mix, error) {
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

// getMeta returns a value, "" where there is none.
func getMeta(ctx context.Context, q querier, key string) (string, error) {
	return value[string](q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key))
}

func putMeta(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, value)
	return err
}
