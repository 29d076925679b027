package vecfile

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/search/sqlite/scan"
)

const dims = 70

func vectorOf(i int) []float32 {
	v := make([]float32, dims)
	for j := range v {
		v[j] = float32(math.Sin(float64(i*dims + j)))
	}
	return v
}

// write commits rows for chunks of the given IDs, each with a slot of its own, behind those of prev.
func write(t *testing.T, dir string, prev *Set, generation int64, chunks ...int64) *Set {
	t.Helper()
	a, err := Create(dir, "1", dims)
	if prev != nil {
		must(t, a.Abort())
		a, err = Continue(dir, "1", prev)
	}
	must(t, err)
	var c Columns
	words := scan.Words(dims)
	for i, id := range chunks {
		slot, err := a.Append(id*10, vectorOf(int(id)))
		must(t, err)
		c.Chunks, c.Files, c.Kinds, c.Slots = append(c.Chunks, id), append(c.Files, id%3), append(c.Kinds, uint32(i)), append(c.Slots, slot)
		c.Signs = append(c.Signs, make([]uint64, words)...)
		scan.Signs(c.Signs[i*words:], vectorOf(int(id)))
	}
	must(t, a.Commit(Header{Generation: generation, Stamp: 7, Seq: 99}, c))
	s, err := Open(dir, "1")
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	s := write(t, dir, nil, 5, 3, 4, 9)
	if s.Generation != 5 || s.Stamp != 7 || s.Seq != 99 || s.Dims != dims || !slices.Equal(s.Base.Chunks, []int64{3, 4, 9}) ||
		!slices.Equal(s.Base.Files, []int64{0, 1, 0}) || !slices.Equal(s.Base.Kinds, []uint32{0, 1, 2}) || !slices.Equal(s.Base.Texts, []int64{30, 40, 90}) {
		t.Errorf("%+v %+v", s.Header, s.Base)
	}
	for row, id := range s.Base.Chunks {
		v := s.Vector(s.Base.Slots[row])
		if !slices.Equal(v, vectorOf(int(id))) || Sum(v) != s.Base.Sums[s.Base.Slots[row]] {
			t.Errorf("vector of chunk %d", id)
		}
	}
	// Appending leaves the opened set as it is, and what it maps stays right.
	next := write(t, dir, s, 6, 20)
	if next.Build != s.Build || len(next.Base.Texts) != 4 || !slices.Equal(next.Base.Chunks, []int64{20}) || next.Base.Slots[0] != 3 {
		t.Errorf("appended: %+v %+v", next.Header, next.Base)
	}
	if !slices.Equal(s.Base.Chunks, []int64{3, 4, 9}) || !slices.Equal(next.Vector(1), s.Vector(1)) {
		t.Error("the older set changed")
	}
	// A new build removes the old files, which stay mapped.
	last := write(t, dir, nil, 7)
	if len(last.Base.Chunks) != 0 || !slices.Equal(next.Vector(3), vectorOf(20)) {
		t.Error("an empty build, or the mapping of a deleted one")
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 2 {
		t.Errorf("files left: %v", entries)
	}
	must(t, Remove(dir, "1"))
	if _, err := Open(dir, "1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Remove: %v", err)
	}
}

// TestTornAppend: bytes that a killed process left behind the last committed slot mean nothing.
func TestTornAppend(t *testing.T) {
	dir := t.TempDir()
	s := write(t, dir, nil, 1, 1, 2)
	a, err := Continue(dir, "1", s)
	must(t, err)
	_, err = a.Append(50, vectorOf(5))
	must(t, err)
	must(t, a.out.Flush())
	must(t, a.Abort())
	next := write(t, dir, s, 2, 6)
	if !slices.Equal(next.Vector(next.Base.Slots[0]), vectorOf(6)) || len(next.Base.Texts) != 3 {
		t.Error("the torn vector was not overwritten")
	}
}

func TestAbortRemovesOnlyItsBuild(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, nil, 1, 1, 2)
	a, err := Create(dir, "1", dims)
	must(t, err)
	must(t, a.Abort())
	s, err := Open(dir, "1")
	must(t, err)
	must(t, s.Close())
	if _, err := a.Append(1, vectorOf(1)[:3]); err == nil {
		t.Error("a vector of another length was taken")
	}
}

// aligned copies bytes to memory that is aligned as a mapping is.
func aligned(b []byte) []byte {
	words := make([]uint64, (len(b)+7)/8)
	dst := bytesOf(words)[:len(b)]
	copy(dst, b)
	return dst
}

func mapBytes(f interface {
	Helper()
	Fatal(...any)
	TempDir() string
},
) []byte {
	f.Helper()
	dir := f.TempDir()
	a, err := Create(dir, "1", 3)
	if err == nil {
		_, err = a.Append(1, []float32{1, 2, 3})
	}
	if err == nil {
		err = a.Commit(Header{Generation: 1}, Columns{Chunks: []int64{8}, Files: []int64{1}, Kinds: []uint32{1}, Slots: []uint32{0}, Signs: []uint64{7}})
	}
	if err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "1.map"))
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// deltaBytes is a delta with a row, a slot and a dead row.
func deltaBytes() []byte {
	c := Columns{
		Chunks: []int64{9}, Files: []int64{1}, Kinds: []uint32{1}, Slots: []uint32{1}, Signs: []uint64{5},
		Texts: []int64{2}, Sums: []uint32{3}, Dead: []uint64{1},
	}
	b := body(c)
	return append(encodeHeader(deltaMagic, Header{Dims: 3, Generation: 2, FirstSlot: 1}, c, sumOf(b)), b...)
}

// TestDelta: a delta shows its own state over the same map, the next one replaces it, and a new map takes its place.
func TestDelta(t *testing.T) {
	dir := t.TempDir()
	s := write(t, dir, nil, 5, 3, 4, 9)
	delta := func(prev *Set, generation int64, dead uint64, chunk int64) *Set {
		a, err := Continue(dir, "1", prev)
		must(t, err)
		slot, err := a.Append(chunk*10, vectorOf(int(chunk)))
		must(t, err)
		must(t, a.CommitDelta(Header{Generation: generation}, Columns{
			Chunks: []int64{chunk}, Files: []int64{1}, Kinds: []uint32{1}, Slots: []uint32{slot}, Signs: make([]uint64, 2), Dead: []uint64{dead},
		}))
		next, err := Open(dir, "1")
		must(t, err)
		t.Cleanup(func() { must(t, next.Close()) })
		return next
	}
	one := delta(s, 6, 2, 11)
	two := delta(one, 7, 6, 12)
	if one.Generation != 6 || two.Generation != 7 || two.Map != s.Map || two.Slots() != 5 || !slices.Equal(two.Base.Chunks, s.Base.Chunks) ||
		!slices.Equal(two.Delta.Chunks, []int64{12}) || two.Delta.Dead[0] != 6 || !slices.Equal(two.Vector(4), vectorOf(12)) ||
		!slices.Equal(two.Vector(3), vectorOf(11)) || two.Sum(4) != Sum(vectorOf(12)) || two.Sum(1) != s.Sum(1) {
		t.Errorf("%+v %+v", two.Header, two.Delta)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "1.delta"))
	must(t, err)
	last := write(t, dir, two, 8, 20)
	if last.Generation != 8 || last.Slots() != 6 || len(last.Delta.Chunks) != 0 || last.Map == s.Map {
		t.Errorf("the new map: %+v", last.Header)
	}
	if _, err := os.Stat(filepath.Join(dir, "1.delta")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the delta is still there: %v", err)
	}
	// Killed between replacing the map and removing the delta: it goes with another map, and does not count.
	must(t, os.WriteFile(filepath.Join(dir, "1.delta"), kept, 0o600))
	again, err := Open(dir, "1")
	must(t, err)
	if again.Generation != 8 || len(again.Delta.Chunks) != 0 {
		t.Errorf("a delta of another map counts: %+v", again.Header)
	}
	must(t, again.Close())
}

// TestEveryBitCounts: no single changed bit of a map goes unnoticed, and no shorter file.
func TestEveryBitCounts(t *testing.T) {
	for magic, good := range map[[8]byte][]byte{mapMagic: mapBytes(t), deltaMagic: deltaBytes()} {
		if _, _, err := decode(magic, aligned(good)); err != nil {
			t.Fatal(err)
		}
		for i := range good {
			bad := aligned(good)
			bad[i] ^= 1 << (i % 8)
			if _, _, err := decode(magic, bad); !errors.Is(err, ErrDamaged) {
				t.Errorf("byte %d changed: %v", i, err)
			}
			if _, _, err := decode(magic, aligned(good[:i])); !errors.Is(err, ErrDamaged) {
				t.Errorf("cut to %d bytes: %v", i, err)
			}
		}
	}
}

// FuzzDecode: whatever the bytes, decode returns columns that a search can index, or ErrDamaged. The fuzzer's bytes get
// right checksums, so that it comes behind them.
func FuzzDecode(f *testing.F) {
	good := mapBytes(f)
	f.Add(good)
	f.Add(good[:headerSize])
	f.Add(encodeHeader(mapMagic, Header{Dims: 65535}, Columns{Chunks: make([]int64, 7)}, 0))
	f.Add([]byte("LDXMAP"))
	f.Add(deltaBytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		b := aligned(data)
		if len(b) >= headerSize {
			repair(b)
		}
		magic := mapMagic
		if bytes.HasPrefix(b, deltaMagic[:]) {
			magic = deltaMagic
		}
		h, c, err := decode(magic, b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("error %v", err)
			}
			return
		}
		words := scan.Words(h.Dims)
		if len(c.Signs) != words*len(c.Chunks) || len(c.Files) != len(c.Chunks) || len(c.Kinds) != len(c.Chunks) || len(c.Sums) != len(c.Texts) {
			t.Fatalf("lengths of %+v", c)
		}
		for _, slot := range c.Slots {
			if int(slot) >= h.FirstSlot+len(c.Texts) {
				t.Fatalf("slot %d of %d", slot, h.FirstSlot+len(c.Texts))
			}
		}
		again := append(encodeHeader(magic, h, c, sumOf(body(c))), body(c)...)
		if _, c2, err := decode(magic, aligned(again)); err != nil || !slices.Equal(c.Chunks, c2.Chunks) || !bytes.Equal(bytesOf(c.Signs), bytesOf(c2.Signs)) {
			t.Fatalf("does not come back: %v", err)
		}
	})
}
