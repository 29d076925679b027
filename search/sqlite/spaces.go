package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search/sqlite/scan"
)

// PutSpace implements search.Backend. Conflict where the ID is known with other dimensions. The first space of an index
// becomes its default one even without def.
func (s *store) PutSpace(ctx context.Context, space embed.Space, def bool) error {
	if space.ID == "" || len(space.ID) > 64 {
		return fault.New(fault.Invalid, "space ID %q: need 1 to 64 bytes", space.ID)
	}
	if space.Dimensions < 1 || space.Dimensions > scan.MaxDims {
		return fault.New(fault.Invalid, "space %s: %d dimensions, can store 1 to %d", space.ID, space.Dimensions, scan.MaxDims)
	}
	body, err := json.Marshal(space)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "space %s", space.ID)
	}
	return s.write(ctx, "write a space", true, func(tx *sql.Tx, _ int64) error {
		dims, err := value[int](tx.QueryRowContext(ctx, "SELECT dims FROM spaces WHERE name = ?", space.ID))
		if err != nil {
			return err
		}
		if dims != 0 && dims != space.Dimensions {
			return fault.New(fault.Conflict, "space %s has %d dimensions, not %d", space.ID, dims, space.Dimensions)
		}
		if def {
			if _, err := tx.ExecContext(ctx, "UPDATE spaces SET is_default = 0"); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO spaces (name, dims, is_default, body)
			VALUES (?1, ?2, ?3 OR NOT EXISTS (SELECT 1 FROM spaces), ?4)
			ON CONFLICT (name) DO UPDATE SET body = excluded.body, is_default = max(is_default, ?3)`,
			space.ID, space.Dimensions, def, string(body))
		return err
	})
}

// DropSpace implements search.Backend. Where the default space is dropped, the oldest that is left becomes it.
func (s *store) DropSpace(ctx context.Context, id string) error {
	var row spaceRow
	err := s.write(ctx, "drop space "+id, true, func(tx *sql.Tx, _ int64) error {
		var err error
		if row, err = findSpace(ctx, tx, id); err != nil {
			return err
		}
		if err := execAll(ctx, tx, []string{"DELETE FROM vectors WHERE space_id = ?", "DELETE FROM spaces WHERE id = ?"}, row.id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE spaces SET is_default = 1 WHERE id = (SELECT min(id) FROM spaces)
			AND NOT EXISTS (SELECT 1 FROM spaces WHERE is_default)`)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.forget(id); err != nil {
		return s.explain(ctx, err, "drop space "+id)
	}
	err = s.removeFiles(ctx, row)
	if errors.Is(err, errLocked) {
		return nil // the numbers of spaces are never used again, so what is left does no harm
	}
	return s.explain(ctx, err, "drop space "+id)
}

// spaceRow is what the store itself needs of a space.
type spaceRow struct {
	id   int64
	name string
	dims int
}

// file returns the name of the space's vector files. Made of a number: IDs come from outside.
func (r spaceRow) file() string { return fileName(r.id) }

func findSpace(ctx context.Context, q querier, name string) (spaceRow, error) {
	row := spaceRow{name: name}
	err := q.QueryRowContext(ctx, "SELECT id, dims FROM spaces WHERE name = ?", name).Scan(&row.id, &row.dims)
	if errors.Is(err, sql.ErrNoRows) {
		return row, fault.New(fault.NotFound, "the index has no space %q", name).
			WithHint("`loradex status` lists the spaces")
	}
	return row, err
}

// spaceRows lists the spaces, the oldest first.
func spaceRows(ctx context.Context, q querier) ([]spaceRow, error) {
	return list(ctx, q, func(rows *sql.Rows) (spaceRow, error) {
		var row spaceRow
		err := rows.Scan(&row.id, &row.name, &row.dims)
		return row, err
	}, "SELECT id, name, dims FROM spaces ORDER BY id")
}

// spaces lists the spaces as they are described, the oldest first.
func (s *store) spaces(ctx context.Context, q querier) ([]indexer.SpaceState, error) {
	return list(ctx, q, func(rows *sql.Rows) (indexer.SpaceState, error) {
		var body string
		var st indexer.SpaceState
		err := rows.Scan(&body, &st.Default)
		if err == nil {
			if err = json.Unmarshal([]byte(body), &st.Space); err != nil {
				err = fault.Wrap(fault.Corrupt, err, "%s: description of a space", s.path()).WithHint(cleanHint)
			}
		}
		return st, err
	}, "SELECT body, is_default FROM spaces ORDER BY id")
}
