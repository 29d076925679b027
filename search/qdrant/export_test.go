package qdrant

// Whole is a store with all that tests ask of it.
type Whole = store

// Collection returns the name of the index's main collection. Those of its spaces begin with it.
func (s *store) Collection() string { return s.main }
