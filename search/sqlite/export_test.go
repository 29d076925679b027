package sqlite

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
