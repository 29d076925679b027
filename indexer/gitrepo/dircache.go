package gitrepo

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// This file decodes git's index, the "dircache": the list of tracked files with the stat data that they had when git
// last looked (versions 2 to 4, gitformat-index(5)). go-git's decoder refuses sparse indexes and is slow on large
// ones. The trailing checksum is not verified: git itself skips that on every command for speed.

const maxDircacheBytes = 1 << 30

// Modes of index and tree entries.
const (
	modeMask    = 0o170000
	modeFolder  = 0o040000
	modeFile    = 0o100000
	modeSymlink = 0o120000
	modeGitlink = 0o160000
)

type cacheEntry struct {
	path         string // slash-separated; ends in a slash for a folder of a sparse index
	hash         string // hex
	mode         uint32
	size         uint32 // of the file on disk, modulo 2^32
	mtime        int64  // nanoseconds
	stage        uint8  // not 0 while a merge is unresolved
	skipWorktree bool   // outside the sparse checkout
	assumeValid  bool   // the user vouches that the file is unchanged
	intentToAdd  bool
}

type dircache struct {
	entries []cacheEntry
	root    string // hex hash of the tree that the entries make, "" where git did not note it
	mtime   int64  // of the index file: entries that are not older may have changed since (they are "racy")
}

// readDircache reads the index of the work tree; one that does not exist is empty.
func (r *Repo) readDircache() (*dircache, error) {
	path := filepath.Join(r.gitDir, "index")
	data, err := readBounded(path, maxDircacheBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return &dircache{}, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be read", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be read", path)
	}
	dc, err := parseDircache(data, r.hashBytes())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	dc.mtime = info.ModTime().UnixNano()
	return dc, nil
}

var errDircacheShort = fault.New(fault.Corrupt, "the git index is cut short").
	WithHint("run `git status` to see whether git can read it; `git reset` writes it anew")

// hashBytes is how long object names are.
func (r *Repo) hashBytes() int {
	if format, _ := r.settings.get("extensions", "objectformat"); strings.EqualFold(format, "sha256") {
		return 32
	}
	return 20
}

// parseDircache reads an index with object names of so many bytes.
func parseDircache(data []byte, names int) (*dircache, error) {
	if len(data) < 12 || string(data[:4]) != "DIRC" {
		return nil, fault.New(fault.Corrupt, "not a git index")
	}
	version, count := binary.BigEndian.Uint32(data[4:]), int(binary.BigEndian.Uint32(data[8:]))
	if version < 2 || version > 4 {
		return nil, fault.New(fault.Unsupported, "git index version %d is not supported", version)
	}
	fixed := 42 + names // bytes of an entry before its path
	if count < 0 || count > len(data)/fixed {
		return nil, errDircacheShort
	}
	dc := &dircache{entries: make([]cacheEntry, 0, count)}
	at, prev := 12, ""
	for range count {
		start := at
		if len(data)-at < fixed {
			return nil, errDircacheShort
		}
		word := func(i int) uint32 { return binary.BigEndian.Uint32(data[start+4*i:]) }
		e := cacheEntry{
			mtime: int64(word(2))*1e9 + int64(word(3)),
			mode:  word(6), size: word(9),
			hash: hex.EncodeToString(data[start+40 : start+40+names]),
		}
		flags := binary.BigEndian.Uint16(data[start+40+names:])
		e.assumeValid, e.stage = flags&0x8000 != 0, uint8(flags>>12&3)
		at += fixed
		if flags&0x4000 != 0 {
			if len(data)-at < 2 {
				return nil, errDircacheShort
			}
			more := binary.BigEndian.Uint16(data[at:])
			e.skipWorktree, e.intentToAdd = more&0x4000 != 0, more&0x2000 != 0
			at += 2
		}
		shared := 0 // version 4 shares the front of a path with the one before
		if version == 4 {
			drop, n := offsetVarint(data[at:])
			if n == 0 || drop > uint64(len(prev)) {
				return nil, errDircacheShort
			}
			shared, at = len(prev)-int(drop), at+n //nolint:gosec // drop is at most len(prev)
		}
		length := bytes.IndexByte(data[at:], 0)
		if length < 0 {
			return nil, errDircacheShort
		}
		e.path = prev[:shared] + string(data[at:at+length])
		at += length + 1
		if version < 4 {
			at = start + (at-start+7)/8*8 // entries are padded to eight bytes
			if at > len(data) {
				return nil, errDircacheShort
			}
		}
		prev = e.path
		dc.entries = append(dc.entries, e)
	}
	return dc, dc.parseExtensions(data[at:], names)
}

// parseExtensions reads what follows the entries, the checksum at the end included.
func (dc *dircache) parseExtensions(data []byte, names int) error {
	for len(data) >= names+8 {
		name, size := string(data[:4]), int(binary.BigEndian.Uint32(data[4:]))
		data = data[8:]
		if size < 0 || size > len(data)-names {
			return errDircacheShort
		}
		body := data[:size]
		data = data[size:]
		switch {
		case name == "TREE":
			dc.root = cachedRoot(body, names)
		case name == "sdir": // entries may be folders outside the sparse checkout
		case name == "link":
			return fault.New(fault.Unsupported, "a split git index is not supported").
				WithHint("run `git update-index --no-split-index`")
		case name[0] < 'A' || name[0] > 'Z': // by the format, only these may not be passed over
			return fault.New(fault.Unsupported, "git index extension %q is not supported", name)
		}
	}
	return nil
}

// cachedRoot returns the hash of the whole tree in a TREE extension: "" NUL, entry count, " ", subtrees, LF, hash.
// A negative count says that the tree is out of date.
func cachedRoot(body []byte, names int) string {
	if len(body) == 0 || body[0] != 0 {
		return ""
	}
	line, rest, ok := bytes.Cut(body[1:], []byte("\n"))
	if !ok || len(rest) < names {
		return ""
	}
	count, _, _ := bytes.Cut(line, []byte(" "))
	if n, err := strconv.Atoi(string(count)); err != nil || n < 0 {
		return ""
	}
	return hex.EncodeToString(rest[:names])
}

// offsetVarint decodes git's offset encoding; n is 0 where it is malformed.
func offsetVarint(data []byte) (value uint64, n int) {
	for i, b := range data {
		if i > 8 {
			return 0, 0
		}
		if i > 0 {
			value = (value + 1) << 7
		}
		value |= uint64(b & 0x7f)
		if b&0x80 == 0 {
			return value, i + 1
		}
	}
	return 0, 0
}
