package qdrant

// Collection returns the name of the index's main collection. Those of its spaces begin with it.
func (s *Store) Collection() string { return s.main }
