package sqlite

import (
	"context"
	"database/sql"
)

// ReadOnly says whether the store cannot be written.
func (s *Store) ReadOnly() bool { return s.writer == nil }

// Compact forgets what no chunk of the index needs.
func (s *Store) Compact(ctx context.Context) error {
	return s.write(ctx, "compact", true, func(tx *sql.Tx, _ int64) error { return forgetUnused(ctx, tx) })
}

// Migrations are the statements that bring older formats up to date.
var Migrations = migrations

// HasCatalog says whether a filter has needed the list of files.
func (s *Store) HasCatalog() bool {
	s.viewsMu.Lock()
	defer s.viewsMu.Unlock()
	return s.catalog != nil
}

// VectorBytes is how a vector lies in the database.
var VectorBytes = encodeVector

// DecodeAverages is decodeAverages.
var DecodeAverages = decodeAverages
