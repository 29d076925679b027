package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"loradex/indexer"
	"loradex/search"
)

// Count implements search.Reader. The view of a space knows its chunks; counting them in SQL would join 100,000 rows for
// every answer.
func (s *store) Count(ctx context.Context, trees []indexer.Tree, languages []string, spaces ...string) ([]int, error) {
	out := make([]int, len(spaces))
	for i, space := range spaces {
		var err error
		if space == "" {
			out[i], err = s.chunksOf(ctx, trees, languages)
		} else {
			out[i], err = s.covered(ctx, space, trees, languages)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *store) covered(ctx context.Context, space string, trees []indexer.Tree, languages []string) (int, error) {
	n := 0
	err := s.withView(ctx, space, func(v *view) error {
		if n = 0; languages != nil && len(languages) == 0 {
			return nil
		}
		r, err := s.resolve(ctx, search.Filter{Languages: languages, Trees: trees})
		if err == nil {
			_, n = r.rows(v)
		}
		return err
	})
	return n, err
}

func (s *store) chunksOf(ctx context.Context, trees []indexer.Tree, languages []string) (int, error) {
	return read(ctx, s, "count chunks", func(tx *sql.Tx) (int, error) {
		ids, all, err := treeIDs(ctx, tx, trees)
		if err != nil {
			return 0, err
		}
		if all && languages == nil {
			return countChunks(ctx, tx)
		}
		wanted, err := json.Marshal(languages)
		if err != nil {
			return 0, err
		}
		return value[int](tx.QueryRowContext(ctx, `SELECT coalesce(sum(chunks), 0) FROM files WHERE (?1 OR `+isMemberOf("?2", "files.id")+`) AND (?3 OR language IN (SELECT value FROM json_each(?4)))`,
			all, jsonList(ids), languages == nil, string(wanted)))
	})
}

// countChunks adds up what the files say: there are far fewer of them than chunks.
func countChunks(ctx context.Context, q querier) (int, error) {
	return value[int](q.QueryRowContext(ctx, "SELECT coalesce(sum(chunks), 0) FROM files"))
}
