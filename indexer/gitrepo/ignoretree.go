package gitrepo

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ignoreTree knows the ignore files of a tree, folder by folder. Folders are read when they are first asked for.
type ignoreTree struct {
	read   func(path string) []byte // content of an ignore file, nil where there is none; slash path from the root
	isDir  func(path string) bool   // false for a symbolic link
	global []patternList            // for the whole tree, strongest first: info/exclude, then core.excludesFile
	dirs   map[string]*ignoreDir    // by slash path, "" is the root
	names  [ignoreKinds]string      // file name by kind, "" where the kind is not used

	fold       bool              // case does not count: core.ignoreCase
	attributes []attributeLine   // for the whole tree: info/attributes
	weakest    []attributeLine   // as above, where no other file says anything: core.attributesFile
	rules      [sha256.Size]byte // of the files that take in or mark others, whatever the order in which they are read
}

// The kinds of ignore files, decided apart from each other.
const (
	byGit = iota
	byLoradex
	ignoreKinds
)

type ignoreDir struct {
	path    string
	parent  *ignoreDir
	lists   [ignoreKinds]patternList
	ignored [ignoreKinds]bool // this folder, or one above it, is ignored: nothing below can come back
	real    bool              // a folder on disk, reached without a symbolic link

	taken      bool // this folder, or one above it, is taken in
	attributes []attributeLine
}

// dir returns the folder at a slash path.
func (t *ignoreTree) dir(path string) *ignoreDir {
	if d, ok := t.dirs[path]; ok {
		return d
	}
	d := &ignoreDir{path: path}
	if path == "" {
		d.real = true
	} else {
		parent, name := splitPath(path)
		d.parent = t.dir(parent)
		d.real = d.parent.real && t.isDir(path)
		for kind := range d.ignored {
			d.ignored[kind] = t.ignores(kind, d.parent, name, true)
		}
		v := t.verdict(byLoradex, d.parent, name, true)
		d.taken = v == taken || d.parent.taken && v == silent
	}
	if d.real {
		for kind, name := range t.names {
			if name != "" && !d.ignored[kind] {
				data := t.read(joinPath(path, name))
				if d.lists[kind] = parseIgnore(data, t.fold); kind == byLoradex && len(d.lists[kind]) > 0 {
					t.addRules(path, data)
				}
			}
		}
		data := t.read(joinPath(path, attributesName))
		if d.attributes = parseAttributes(data, t.fold); len(d.attributes) > 0 {
			t.addRules(path, data)
		}
	}
	t.dirs[path] = d
	return d
}

// ignores tells whether an entry of folder d is ignored by a kind of ignore files.
func (t *ignoreTree) ignores(kind int, d *ignoreDir, name string, isDir bool) bool {
	if d.ignored[kind] {
		return true
	}
	if v := t.verdict(kind, d, name, isDir); v != silent || kind != byGit {
		return v == ignored
	}
	full := folded(joinPath(d.path, name), t.fold)
	for _, list := range t.global {
		if v := list.decide(full, folded(name, t.fold), isDir); v != silent {
			return v == ignored
		}
	}
	return false
}

// verdict is what the ignore files of one kind in d and above it say of an entry of d.
func (t *ignoreTree) verdict(kind int, d *ignoreDir, name string, isDir bool) verdict {
	out, full := silent, folded(joinPath(d.path, name), t.fold)
	name = folded(name, t.fold)
	for at := d; at != nil; at = at.parent {
		if len(at.lists[kind]) == 0 {
			continue
		}
		rel := full
		if at.path != "" {
			rel = full[len(at.path)+1:]
		}
		switch v := at.lists[kind].decide(rel, name, isDir); {
		case v == silent:
		case out == taken && v == ignored:
			return kept // it undoes what a file above says
		case out == silent:
			if out = v; v != taken {
				return v
			}
		}
	}
	return out
}

// marking tells whether some file takes in or marks others.
func (t *ignoreTree) marking() bool { return t.rules != [sha256.Size]byte{} }

// digest stands for what the files of a tree are taken in and marked by, as far as it was read; "" for nothing.
func (t *ignoreTree) digest() string {
	if !t.marking() {
		return ""
	}
	digest := hex.EncodeToString(t.rules[:8])
	if t.fold {
		digest += "i"
	}
	return digest
}

// addAttributes adds a file of attributes for the whole tree, which is no part of it: kind says where it comes from.
func (t *ignoreTree) addAttributes(to *[]attributeLine, kind, path string) {
	data, _ := readBounded(path, maxIgnoreBytes) // as git: none where it cannot be read
	if lines := parseAttributes(data, t.fold); len(lines) > 0 {
		*to = append(*to, lines...)
		t.addRules("/"+kind, data)
	}
}

// addRules adds a file to the digest of those that take in or mark others.
func (t *ignoreTree) addRules(path string, data []byte) {
	sum := sha256.Sum256(append([]byte(path+"\x00"), data...))
	for i := range sum {
		t.rules[i] ^= sum[i]
	}
}

func splitPath(path string) (dir, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

func joinPath(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
