package gitrepo

import "strings"

// ignoreTree knows the ignore files of a tree, folder by folder. Folders are read when they are first asked for.
type ignoreTree struct {
	read   func(path string) []byte // content of an ignore file, nil where there is none; slash path from the root
	isDir  func(path string) bool   // false for a symbolic link
	global []patternList            // for the whole tree, strongest first: info/exclude, then core.excludesFile
	dirs   map[string]*ignoreDir    // by slash path, "" is the root
	names  [ignoreKinds]string      // file name by kind, "" where the kind is not used
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
	}
	if d.real {
		for kind, name := range t.names {
			if name != "" && !d.ignored[kind] {
				d.lists[kind] = parseIgnore(t.read(joinPath(path, name)))
			}
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
	full := joinPath(d.path, name)
	for at := d; at != nil; at = at.parent {
		if len(at.lists[kind]) == 0 {
			continue
		}
		rel := full
		if at.path != "" {
			rel = full[len(at.path)+1:]
		}
		if v := at.lists[kind].decide(rel, name, isDir); v != silent {
			return v == ignored
		}
	}
	if kind != byGit {
		return false
	}
	for _, list := range t.global {
		if v := list.decide(full, name, isDir); v != silent {
			return v == ignored
		}
	}
	return false
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
