package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"

	"loradex/internal/fault"
)

// This file defines how the database is written and how its state is told apart.

// state identifies what the index holds: a transaction that changes what searches see makes a new one.
type state struct {
	generation, stamp int64
}

// keptGenerations is how far back a derived file may lag and still be brought up to date by its difference.
const keptGenerations = 4096

// write runs one transaction. fn gets the new generation; a call that leaves searches alone passes changes = false.
func (s *store) write(ctx context.Context, op string, changes bool, fn func(tx *sql.Tx, generation int64) error) error {
	if s.writer == nil {
		return s.readOnly(op)
	}
	err := s.transact(ctx, changes, fn)
	return s.explain(ctx, err, op)
}

func (s *store) readOnly(op string) error {
	return fault.New(fault.Unavailable, "%s: the index at %s is read-only", op, s.dir).
		WithHint("index from a folder that can be written")
}

func (s *store) transact(ctx context.Context, changes bool, fn func(tx *sql.Tx, generation int64) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing; before, the first error is the one to report
	var generation int64
	if changes {
		if generation, err = nextGeneration(ctx, tx); err != nil {
			return err
		}
	}
	if err := fn(tx, generation); err != nil {
		return err
	}
	return tx.Commit()
}

func nextGeneration(ctx context.Context, tx *sql.Tx) (int64, error) {
	var id int64
	err := tx.QueryRowContext(ctx, "INSERT INTO generations (stamp) VALUES (?) RETURNING id", rand.Int64()).Scan(&id) //nolint:gosec // a tag, not a secret
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM generations WHERE id <= ?", id-keptGenerations)
	return id, err
}

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func currentState(ctx context.Context, q querier) (state, error) {
	var st state
	err := q.QueryRowContext(ctx, "SELECT id, stamp FROM generations ORDER BY id DESC LIMIT 1").Scan(&st.generation, &st.stamp)
	return st, err
}

// each runs a query and calls fn for every row. fn scans it.
func each(ctx context.Context, q querier, fn func(rows *sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below reports what matters
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// list returns what scan makes of the rows of a query.
func list[T any](ctx context.Context, q querier, scan func(rows *sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	out := []T{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		v, err := scan(rows)
		out = append(out, v)
		return err
	}, query, args...)
	return out, err
}

// column is list for a query of one column.
func column[T any](ctx context.Context, q querier, query string, args ...any) ([]T, error) {
	return list(ctx, q, func(rows *sql.Rows) (T, error) {
		var v T
		err := rows.Scan(&v)
		return v, err
	}, query, args...)
}

// value reads the only column of a row, the zero value where there is no row.
func value[T any](row *sql.Row) (T, error) {
	var v T
	err := row.Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return v, err
}

// execAll runs statements, each with all arguments.
func execAll(ctx context.Context, tx *sql.Tx, statements []string, args ...any) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
	}
	return nil
}

// statement is one to prepare, and where it goes.
type statement struct {
	to  **sql.Stmt
	sql string
}

// prepareAll prepares statements, which end with their transaction.
func prepareAll(ctx context.Context, tx *sql.Tx, statements []statement) error {
	for _, st := range statements {
		stmt, err := tx.PrepareContext(ctx, st.sql) //nolint:sqlclosecheck // the transaction ends it
		if err != nil {
			return err
		}
		*st.to = stmt
	}
	return nil
}

// snapshot runs fn in a read transaction: all its queries see one state.
func (s *store) snapshot(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return fn(tx)
}

// read is snapshot for what gives an answer. op says what was being done.
func read[T any](ctx context.Context, s *store, op string, fn func(tx *sql.Tx) (T, error)) (T, error) {
	var out T
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	if err != nil {
		var none T
		return none, s.explain(ctx, err, op)
	}
	return out, nil
}
