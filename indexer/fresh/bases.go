package fresh

// This file keeps what small tables have in common, in files beside them that never change.

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"loradex/internal/atomicfile"
)

const (
	baseFile = ".base" // ends the names of bases
	listEnd  = ".list" // ends those of tables
	maxBases = 4       // that are looked at; there is more than one where work trees of different states were indexed
	// baseShare: a base serves a table that differs in up to one of so many files.
	baseShare = 4
)

func basePath(dir string, d digest) string {
	return filepath.Join(dir, "files-"+hex.EncodeToString(d[:])+baseFile)
}

// readBase returns the files of a base in a folder.
func readBase(dir string) func(d digest) ([]File, error) {
	return func(d digest) ([]File, error) {
		data, err := readBounded(basePath(dir, d))
		if err != nil {
			return nil, err
		}
		p, err := decode(data, func(digest) ([]File, error) { return nil, errDamaged })
		if err != nil {
			return nil, err
		}
		return p.files, nil
	}
}

// SaveSmall writes the table in a form that takes a few bytes for each file, and a base beside it where there is none that serves. For
// a work tree that is like others in the same folder. The caller has the writer's lock of the index.
func (t *Table) SaveSmall(path string) error {
	dir := filepath.Dir(path)
	p := t.packed()
	base, err := pickBase(dir, p.files)
	if base == nil && err == nil {
		base, err = makeBase(dir, p.files)
	}
	if err == nil {
		t.base = base
		err = t.saveSmall(path, p)
	}
	if err != nil {
		return err
	}
	return dropBases(dir)
}

// saveSmall writes the small form over the table's own base.
func (t *Table) saveSmall(path string, p *packed) error {
	p.base = *t.base
	files, err := readBase(filepath.Dir(path))(p.base)
	if err != nil {
		return err
	}
	data, err := p.encode(files, true)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, 0o600, data)
}

// packed is what the small form of a table says.
func (t *Table) packed() *packed {
	p := &packed{began: t.began(), state: t.state(), files: make([]File, t.files)}
	for i := range p.files {
		p.files[i] = File{Path: t.path(i), Blob: t.blob(i), Stat: t.stat(i), Indexed: t.isIndexed(i)}
		if p.files[i].Blob == noBlob {
			p.files[i].Blob = ""
		}
	}
	return p
}

// unpack makes a table of a small form.
func unpack(data []byte, dir string) (*Table, error) {
	p, err := decode(data, readBase(dir))
	if err != nil {
		return nil, err
	}
	began := time.Time{}
	if p.began != 0 {
		began = time.Unix(0, p.began)
	}
	t := NewTable(p.files, began, p.state)
	t.base = &p.base
	return t, nil
}

// pickBase returns the base of a folder that has most in common with files; nil where none has enough.
func pickBase(dir string, files []File) (*digest, error) {
	names, err := filepath.Glob(filepath.Join(dir, "files-*"+baseFile))
	if err != nil {
		return nil, err
	}
	var best *digest
	least := max(8, len(files)/baseShare)
	for _, name := range names[:min(len(names), maxBases)] {
		d, ok := baseDigest(name)
		if !ok {
			continue
		}
		base, err := readBase(dir)(d)
		if err != nil {
			continue // another one is made
		}
		gone, come := difference(base, files)
		if n := max(len(gone), len(come)); n < least {
			best, least = &d, n
		}
	}
	return best, nil
}

// baseDigest is what a base is called.
func baseDigest(name string) (d digest, ok bool) {
	name = filepath.Base(name)
	if len(name) != len("files-")+2*digestSize+len(baseFile) {
		return d, false
	}
	raw, err := hex.DecodeString(name[len("files-") : len("files-")+2*digestSize])
	if err != nil {
		return d, false
	}
	return digest(raw), true
}

// makeBase makes a base of files.
func makeBase(dir string, files []File) (*digest, error) {
	p := packed{files: files}
	data, err := p.encode(nil, false)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	d := digest(sum[:digestSize])
	return &d, atomicfile.WriteBytes(basePath(dir, d), 0o600, data)
}

// dropBases removes the bases of a folder that no table needs any more.
func dropBases(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var needed, have []digest
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if d, ok := baseDigest(name); ok && filepath.Ext(name) == baseFile {
			have = append(have, d)
		}
		if filepath.Ext(name) != listEnd {
			continue
		}
		head, err := readHead(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if d, ok := baseOf(head); ok {
			needed = append(needed, d)
		}
	}
	for _, d := range have {
		if !slices.Contains(needed, d) {
			err = errors.Join(err, os.Remove(basePath(dir, d)))
		}
	}
	return err
}

// readHead reads the beginning of a small form; less where the file is shorter.
func readHead(name string) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // in the folder of the index
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it only reads
	var head bytes.Buffer
	_, err = io.CopyN(&head, f, int64(packHead))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head.Bytes(), err
}
