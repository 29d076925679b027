// Package fresh tells what has changed in a work tree since an index was made of it, in the little time that a search has.
//
//	table := fresh.NewTable(files, began)       // by the run that indexes
//	err := table.Save(path)
//	tree := fresh.NewTree(root, path, table)    // by whoever searches
//	seen := tree.Look(ctx, time.Now().Add(20*time.Millisecond), wants)
//	for _, path := range seen.Suspects {
//		disk, content, err := tree.Read(path, limit) // what is there now, and whether that differs from what is indexed
//	}
//
// A [Table] is what an index knows of the files of a work tree, in a form that costs next to nothing to open: it is looked
// into where it lies, and no file is decoded that nobody asks for. It is a hint: where it is older than the index, files
// that the index has already look changed, and reading them tells that they are not.
package fresh

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"loradex/indexer"
	"loradex/internal/fault"
)

// File is a file of a work tree as the index saw it.
type File struct {
	Path    string
	Blob    string // hex git blob hash; "" where it was passed over
	Stat    indexer.Stat
	Indexed bool // else it was passed over for its content, which may change
}

// Table is a list of files by folder. It does not change, but for stat data that it learns; it is for one goroutine then.
type Table struct {
	data    []byte
	folders int
	files   int
	recent  int
	names   []byte
	learned int // files whose stat data are not those of the file on disk
	indexed int
	base    *digest // of its small form; nil where it is not kept so
}

// The form of a table: a header, folders, files, the files that changed last, names, a checksum. All numbers are little
// endian. Files lie by folder and name.
const (
	magic      = "lxfresh1"
	headSize   = len(magic) + 8 + 8 + 4*5
	revisionAt = headSize - 4
	folderSize = 4 + 4 + 4     // name, its length, first file
	fileSize   = 4 + 4 + 4*8   // name, its length and flags, mode, size, change, inode, padding, and the blob behind them
	recordSize = fileSize + 20 // with the blob
	maxRecent  = 1024          // files that are listed as the last that changed
	maxTable   = 1 << 30       // bytes that are read
	indexedBit = uint32(1) << 31
)

// Revision is the table of a tree that was not made of files on this disk: there is nothing to compare.
func Revision(state int64) *Table {
	t := NewTable(nil, time.Time{}, state)
	binary.LittleEndian.PutUint32(t.data[revisionAt:], 1)
	t.learned++
	return t
}

// IsRevision tells whether there is nothing to compare.
func (t *Table) IsRevision() bool { return binary.LittleEndian.Uint32(t.data[revisionAt:]) != 0 }

// noBlob is what a record has of a file that was passed over.
var noBlob = strings.Repeat("0", 2*blobSize)

// load reads a table, of either form.
func load(path string) (*Table, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte(packMagic)) {
		return unpack(data, filepath.Dir(path))
	}
	return parse(data)
}

// readBounded reads a file of a folder of an index.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxTable {
		return nil, errDamaged
	}
	return os.ReadFile(path) //nolint:gosec // in the folder of the index
}

var errDamaged = fault.New(fault.Corrupt, "the list of files is damaged")

// parse takes the bytes of a table for it, after a look whether all places lie inside.
func parse(data []byte) (*Table, error) {
	if len(data) < headSize+4 || !bytes.HasPrefix(data, []byte(magic)) ||
		binary.LittleEndian.Uint32(data[len(data)-4:]) != crc32.ChecksumIEEE(data[:len(data)-4]) {
		return nil, errDamaged
	}
	number := func(i int) int { return int(binary.LittleEndian.Uint32(data[len(magic)+16+4*i:])) }
	t := &Table{data: data, folders: number(0), files: number(1), recent: number(2), indexed: number(3)}
	at := int64(headSize) + int64(t.folders)*folderSize + int64(t.files)*int64(recordSize) + int64(t.recent)*4
	if at > int64(len(data)-4) || t.folders == 0 || t.recent > t.files {
		return nil, errDamaged
	}
	t.names = data[at : len(data)-4]
	return t, nil
}

// began is when the run began that saw the files, in nanoseconds; 0 where nobody knows.
func (t *Table) began() int64 { return int64(binary.LittleEndian.Uint64(t.data[len(magic):])) } //nolint:gosec // bits

// state is the time that the index recorded for this state.
func (t *Table) state() int64 { return int64(binary.LittleEndian.Uint64(t.data[len(magic)+8:])) } //nolint:gosec // bits

// text is a name of a record.
func (t *Table) text(record []byte) string {
	from := int(binary.LittleEndian.Uint32(record))
	to := from + int(binary.LittleEndian.Uint32(record[4:])&^indexedBit)
	if from > to || to > len(t.names) {
		return ""
	}
	return string(t.names[from:to])
}

func (t *Table) folder(i int) []byte { return t.data[headSize+i*folderSize:][:folderSize] }

func (t *Table) record(i int) []byte {
	return t.data[headSize+t.folders*folderSize+i*recordSize:][:recordSize]
}

// span returns the files of a folder.
func (t *Table) span(folder int) (from, to int) {
	from, to = int(binary.LittleEndian.Uint32(t.folder(folder)[8:])), t.files
	if folder+1 < t.folders {
		to = int(binary.LittleEndian.Uint32(t.folder(folder + 1)[8:]))
	}
	return min(from, t.files), min(max(from, to), t.files)
}

// folderOf finds the folder of a file.
func (t *Table) folderOf(file int) int {
	return sort.Search(t.folders, func(i int) bool { from, _ := t.span(i); return from > file }) - 1
}

func (t *Table) isIndexed(i int) bool {
	return binary.LittleEndian.Uint32(t.record(i)[4:])&indexedBit != 0
}

func (t *Table) stat(i int) indexer.Stat {
	number := func(k int) uint64 { return binary.LittleEndian.Uint64(t.record(i)[8+8*k:]) }
	return indexer.Stat{
		Mode: uint32(number(0)), Size: int64(number(1)), ModTime: int64(number(2)), Inode: number(3), //nolint:gosec // bits
	}
}

// learn takes note of the stat data of a file whose content is what the index has.
func (t *Table) learn(i int, s indexer.Stat) {
	if s != (indexer.Stat{}) {
		copy(t.record(i)[8:], appendStat(nil, s))
		t.learned++
	}
}

func (t *Table) blob(i int) string { return hex.EncodeToString(t.record(i)[recordSize-20:]) }

// Stat returns the stat data that a file had with a content; zero where that is not known.
func (t *Table) Stat(path, blob string) indexer.Stat {
	if at := t.find(path); at >= 0 && t.blob(at) == blob {
		return t.stat(at)
	}
	return indexer.Stat{}
}

// path is that of a file.
func (t *Table) path(i int) string { return join(t.text(t.folder(t.folderOf(i))), t.text(t.record(i))) }

// find returns the place of a file, -1 where the table does not have it.
func (t *Table) find(path string) int {
	dir, name := split(path)
	folder, ok := t.findFolder(dir)
	if !ok {
		return -1
	}
	from, to := t.span(folder)
	at, ok := sort.Find(to-from, func(i int) int { return strings.Compare(name, t.text(t.record(from+i))) })
	if !ok {
		return -1
	}
	return from + at
}

// findFolder finds a folder that some file of the table lies below.
func (t *Table) findFolder(dir string) (int, bool) {
	return sort.Find(t.folders, func(i int) int { return strings.Compare(dir, t.text(t.folder(i))) })
}

// recentFile is the place of the file that changed i-th last.
func (t *Table) recentFile(i int) int {
	at := int(binary.LittleEndian.Uint32(t.data[headSize+t.folders*folderSize+t.files*recordSize+4*i:]))
	return min(at, t.files-1)
}

func split(path string) (dir, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
