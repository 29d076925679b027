package words

import (
	"fmt"
	"hash/crc32"
	"math/bits"
)

// Manifest lists the segments of an index, as its file does. The file is replaced as a whole: that is the commit.
type Manifest struct {
	Generation int64  // of the database, which the segments hold
	Stamp      int64  // random number of that generation: tells a restored backup from the real past
	Form       string // of the words; segments of another form are of no use. At most 255 bytes
	Segments   []Listed
}

// Listed is a segment of a manifest.
type Listed struct {
	Name string // of its file, at most 255 bytes
	Docs int
	Dead []uint64 // as in [Part]
}

var manifestMagic = [8]byte{'L', 'D', 'X', 'W', 'L', 'S', 0, 1}

// Encode returns what the file holds.
func (m *Manifest) Encode() []byte {
	b := append([]byte(nil), manifestMagic[:]...)
	b = le.AppendUint64(le.AppendUint64(b, uint64(m.Generation)), uint64(m.Stamp)) //nolint:gosec // the bits are kept
	text := func(s string) { b = append(append(b, byte(len(s))), s...) }
	text(m.Form)
	b = le.AppendUint32(b, uint32(len(m.Segments))) //nolint:gosec // a few
	for _, s := range m.Segments {
		text(s.Name)
		b = le.AppendUint32(b, uint32(s.Docs))      //nolint:gosec // at most maxDocs
		b = le.AppendUint32(b, uint32(len(s.Dead))) //nolint:gosec // as above
		for _, w := range s.Dead {
			b = le.AppendUint64(b, w)
		}
	}
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// DecodeManifest reads what Encode wrote. ErrDamaged for anything else.
func DecodeManifest(b []byte) (*Manifest, error) {
	damaged := fmt.Errorf("%w: list of segments", ErrDamaged)
	if len(b) < len(manifestMagic)+4 || [8]byte(b) != manifestMagic || le.Uint32(b[len(b)-4:]) != crc32.Checksum(b[:len(b)-4], castagnoli) {
		return nil, damaged
	}
	b = b[len(manifestMagic) : len(b)-4]
	short := false
	take := func(n int) []byte {
		if short = short || n > len(b); short {
			return make([]byte, 8) // nothing is read behind it
		}
		taken := b[:n]
		b = b[n:]
		return taken
	}
	text := func() string {
		n := int(take(1)[0])
		if s := take(n); !short {
			return string(s)
		}
		return ""
	}
	m := &Manifest{Generation: int64(le.Uint64(take(8))), Stamp: int64(le.Uint64(take(8))), Form: text()} //nolint:gosec // the bits are kept
	for range le.Uint32(take(4)) {
		s := Listed{Name: text(), Docs: int(le.Uint32(take(4)))}
		n := int(le.Uint32(take(4)))
		if short || s.Docs > maxDocs || n != 0 && n != (s.Docs+63)/64 {
			return nil, damaged
		}
		words := take(8 * n)
		for i := 0; i < n && !short; i++ {
			s.Dead = append(s.Dead, le.Uint64(words[8*i:]))
		}
		if n > 0 && !short && s.Docs%64 != 0 && bits.Len64(s.Dead[n-1]) > s.Docs%64 {
			return nil, damaged
		}
		m.Segments = append(m.Segments, s)
	}
	if short || len(b) > 0 {
		return nil, damaged
	}
	return m, nil
}
