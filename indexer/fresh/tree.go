package fresh

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
)

// Tree is a work tree that is compared with its index. Safe for concurrent use.
type Tree struct {
	root, file string

	mu           sync.Mutex // guards what follows, and is held while somebody looks
	table        *Table
	cursor       int              // of the files that a look gets to last, the next one
	folderCursor int              // as above
	suspects     map[string]int64 // as the last look left them, here or in another process
	began        time.Time        // of the last look
	last         Seen
}

// maxRemembered bounds the suspects that are remembered for the next process.
const maxRemembered = 1000

// memory is what a look leaves for the next process, where it did not see all.
type memory struct {
	State    int64    `json:"state"`
	Cursor   int      `json:"cursor"`
	Folder   int      `json:"folder"`
	Suspects []string `json:"suspects"`
}

// Load opens the table of a file for a state of the index. NotFound where there is none, or one of another state: then
// [Tree] is made of what the index says.
func Load(file string, state int64) (*Table, error) {
	t, err := load(file)
	if err != nil || t.state() != state {
		return nil, errors.Join(fault.New(fault.NotFound, "no list of files for this state of the index"), err)
	}
	return t, nil
}

// Last opens the table of a file whatever the state that it is of; NotFound where there is none that can be read.
func Last(file string) (*Table, error) {
	t, err := load(file)
	if err != nil {
		return nil, errors.Join(fault.New(fault.NotFound, "no list of files"), err)
	}
	return t, nil
}

// NewTree makes a tree of a table. What looks leave for other processes lies beside the file of the table.
func NewTree(root, file string, table *Table) *Tree {
	t := &Tree{root: root, file: file, table: table, suspects: map[string]int64{}}
	var m memory
	data, err := os.ReadFile(t.memoryFile())
	if err == nil && json.Unmarshal(data, &m) == nil && m.State == table.state() && len(m.Suspects) <= maxRemembered {
		t.cursor, t.folderCursor = min(max(m.Cursor, 0), table.files), min(max(m.Folder, 0), table.folders)
		for _, path := range m.Suspects {
			t.suspects[path] = 0
		}
	}
	return t
}

func (t *Tree) memoryFile() string { return memoryFile(t.file) }

func memoryFile(file string) string { return file + ".seen" }

// Remove removes a table, what looks have left beside it, and the base that only it needed.
func Remove(file string) error {
	for _, name := range []string{file, memoryFile(file)} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(fault.Unavailable, err, "%s cannot be removed", name)
		}
	}
	if err := dropBases(filepath.Dir(file)); err != nil {
		return fault.Wrap(fault.Unavailable, err, "lists of files in %s", filepath.Dir(file))
	}
	return nil
}

// remember leaves a note for the next process where a look did not see all. It helps, and nothing rests on it: an index that
// cannot be written is searched all the same. mu is held.
func (t *Tree) remember(seen Seen) {
	if seen.Checked >= seen.Of {
		return
	}
	m := memory{State: t.table.state(), Cursor: t.cursor, Folder: t.folderCursor, Suspects: seen.Suspects[:min(len(seen.Suspects), maxRemembered)]}
	if data, err := json.Marshal(m); err == nil {
		_ = os.WriteFile(t.memoryFile(), data, 0o600)
	}
}

// maxLearned is how many files may look changed, and not be, before the table is written anew.
const maxLearned = 100

// Disk says what is there of a file.
type Disk int

// What a file may be, other than what the index has of it.
const (
	Same   Disk = iota // as the index has it
	Edited             // it has another content
	New                // the index does not have it
	Gone               // it is not there, or nothing that the index would take
)

// Read compares a file with the index by its stat data, and by its content where they differ. The content is that of one that
// was edited or is new; one of more than limit bytes counts as gone, and limit is asked where it is read. Unavailable where it
// cannot be.
func (t *Tree) Read(path string, limit func() int64) (Disk, indexer.Content, error) {
	t.mu.Lock()
	at := t.table.find(path)
	missing, other := Same, New
	var stat indexer.Stat
	blob := ""
	if at >= 0 {
		stat, blob = t.table.stat(at), t.table.blob(at)
		if t.table.isIndexed(at) {
			missing, other = Gone, Edited
		}
	}
	t.mu.Unlock()
	var none indexer.Content
	info, err := os.Lstat(t.disk(path))
	if err == nil && at >= 0 && stat != (indexer.Stat{}) && gitrepo.StatOf(info, time.Now()) == stat {
		return Same, none, nil
	}
	if isGone(err) {
		return missing, none, nil
	}
	content, err := gitrepo.ReadFile(t.root, path, limit())
	switch {
	case errors.Is(err, indexer.ErrGone), errors.As(err, new(indexer.SkipError)):
		return missing, none, nil
	case err != nil:
		return missing, none, fault.Wrap(fault.Unavailable, err, "%s cannot be read", path)
	case at >= 0 && indexer.BlobHash(content.Data) == blob:
		t.Learn(path, content.Stat)
		return Same, none, nil
	}
	return other, content, nil
}

// Learn takes note that the index has nothing else of a file with these stat data: it was read, and is the same, or is passed
// over.
func (t *Tree) Learn(path string, stat indexer.Stat) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at := t.table.find(path); at >= 0 {
		t.table.learn(at, stat)
	}
	delete(t.suspects, path)
	if t.table.learned >= maxLearned { // else each process would read them again
		_ = t.table.Save(t.file) //nolint:errcheck // as in remember
	}
}
