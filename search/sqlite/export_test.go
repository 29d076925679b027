package sqlite

import (
	"context"
	"database/sql"
)

// Whole is a store with all that tests ask of it.
type Whole = store

// ReadOnly says whether the store cannot be written.
func (s *store) ReadOnly() bool { return s.writer == nil }

// Compact forgets what no chunk of the index needs.
func (s *store) Compact(ctx context.Context) error {
	return s.write(ctx, "compact", true, func(tx *sql.Tx, _ int64) error { return forgetUnused(ctx, tx) })
}

// Migrations are the statements that bring older formats up to date.
var Migrations = migrations

// HasCatalog says whether a filter has needed the list of files.
func (s *store) HasCatalog() bool {
	return s.catalog.Load() != nil
}

// VectorBytes is how a vector lies in the database.
var VectorBytes = encodeVector
