package sqlite

// idSet is a set of row IDs. They come from counters, so they lie close together and a bitmap is small; what lies
// beyond its bound goes to a map.
type idSet struct {
	bits []uint64
	far  map[int64]struct{}
}

const maxBitmapID = 1 << 26 // 8 MB

func (s *idSet) add(id int64) {
	if id < 0 || id >= maxBitmapID {
		if s.far == nil {
			s.far = map[int64]struct{}{}
		}
		s.far[id] = struct{}{}
		return
	}
	word := int(id >> 6)
	if word >= len(s.bits) {
		s.bits = append(s.bits, make([]uint64, word+1-len(s.bits)+len(s.bits)/2)...)
	}
	s.bits[word] |= 1 << (id & 63)
}

func (s *idSet) has(id int64) bool {
	if word := id >> 6; id >= 0 && word < int64(len(s.bits)) {
		return s.bits[word]&(1<<(id&63)) != 0
	}
	_, ok := s.far[id]
	return ok
}

// setOf makes a set; nil of nil.
func setOf(ids []int64) *idSet {
	if ids == nil {
		return nil
	}
	s := &idSet{}
	for _, id := range ids {
		s.add(id)
	}
	return s
}
