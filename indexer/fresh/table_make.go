package fresh

// This file lays out a table.

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"slices"
	"sort"
	"strings"
	"time"

	"loradex/indexer"
	"loradex/internal/atomicfile"
)

// NewTable makes a table of files. began is when the run that saw them began: what changed before was seen by it. The zero
// time says that nobody knows. state is the time that the index recorded for this state of the tree.
func NewTable(files []File, began time.Time, state int64) *Table {
	files = slices.Clone(files)
	slices.SortFunc(files, compareFiles)
	firsts := map[string]int{"": -1}
	for i := range files {
		dir, _ := split(files[i].Path)
		for at := dir; at != ""; at, _ = split(at) {
			if _, ok := firsts[at]; ok {
				break
			}
			firsts[at] = -1
		}
		if firsts[dir] < 0 {
			firsts[dir] = i
		}
	}
	dirs := make([]string, 0, len(firsts))
	for dir := range firsts {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	recent := make([]int, len(files))
	indexed := 0
	for i := range recent {
		recent[i] = i
		if files[i].Indexed {
			indexed++
		}
	}
	sort.Slice(recent, func(i, j int) bool { return files[recent[i]].Stat.ModTime > files[recent[j]].Stat.ModTime })
	recent = recent[:min(len(recent), maxRecent)]

	var names []byte
	name := func(b []byte, text string, flags uint32) []byte {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(names)))      //nolint:gosec // maxTable
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text))|flags) //nolint:gosec // a name
		names = append(names, text...)
		return b
	}
	b := append(make([]byte, 0, headSize+len(files)*(recordSize+32)), magic...)
	unix := int64(0)
	if !began.IsZero() {
		unix = began.UnixNano()
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(unix))  //nolint:gosec // bits
	b = binary.LittleEndian.AppendUint64(b, uint64(state)) //nolint:gosec // bits
	for _, n := range []int{len(dirs), len(files), len(recent), indexed, 0} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n)) //nolint:gosec // maxTable
	}
	next := len(files)
	starts := make([]int, len(dirs))
	for i := len(dirs) - 1; i >= 0; i-- { // a folder without files begins where the next one does
		if at := firsts[dirs[i]]; at >= 0 {
			next = at
		}
		starts[i] = next
	}
	for i, dir := range dirs {
		b = binary.LittleEndian.AppendUint32(name(b, dir, 0), uint32(starts[i])) //nolint:gosec // maxTable
	}
	for i := range files {
		f := &files[i]
		_, base := split(f.Path)
		flags := uint32(0)
		if f.Indexed {
			flags = indexedBit
		}
		b = appendStat(name(b, base, flags), f.Stat)
		var blob [20]byte
		if raw, err := hex.DecodeString(f.Blob); err == nil {
			copy(blob[:], raw)
		}
		b = append(b, blob[:]...)
	}
	for _, at := range recent {
		b = binary.LittleEndian.AppendUint32(b, uint32(at)) //nolint:gosec // maxTable
	}
	b = append(b, names...)
	t, _ := parse(sealed(b)) //nolint:errcheck // made just now
	return t
}

// compareFiles orders files by folder and name.
func compareFiles(a, b File) int {
	da, na := split(a.Path)
	db, nb := split(b.Path)
	return cmp.Or(strings.Compare(da, db), strings.Compare(na, nb))
}

func appendStat(b []byte, s indexer.Stat) []byte {
	for _, n := range []uint64{uint64(s.Mode), uint64(s.Size), uint64(s.ModTime), s.Inode} { //nolint:gosec // bits
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

func sealed(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)) }

// Save writes the table, in the small form where it was read from one.
func (t *Table) Save(path string) error {
	if t.base != nil {
		t.learned = 0
		return t.saveSmall(path, t.packed())
	}
	if t.learned > 0 {
		t.data, t.learned = sealed(t.data[:len(t.data)-4]), 0
	}
	return atomicfile.WriteBytes(path, 0o600, t.data)
}
