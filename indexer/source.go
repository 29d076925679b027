package indexer

import (
	"context"
	"crypto/sha1" //nolint:gosec // git names blobs by SHA-1; nothing here rests on its strength
	"encoding/hex"
	"fmt"

	"loradex/internal/fault"
)

// This file declares what the indexer needs of a repository. Package gitrepo implements it.

// Source is a state of a repository that can be indexed: a work tree, or the tree of a revision.
type Source interface {
	// Scan lists the files. known is what the index holds; a source may use it to take a blob hash from the stat data
	// instead of the content. progress, if not nil, is told now and then how many files were found.
	Scan(ctx context.Context, known map[string]FileState, progress func(found int)) (*Snapshot, error)
}

// Snapshot is the result of a scan.
type Snapshot struct {
	Repo    string // absolute root, or the URL
	Rev     string // commit hash; "" before the first commit
	Dirty   bool   // the files are not exactly those of Rev
	Entries []Entry
	// Recent lists paths by their last change, the latest first, as far as that is cheaply known. It decides nothing but
	// the order of a first run's work. nil: nothing is known.
	Recent func(ctx context.Context) ([]string, error)
}

// Entry is one file of a snapshot. Entries are sorted by path, and no path appears twice.
type Entry struct {
	Path string // slash-separated, relative, without control characters
	Blob string // hex git blob hash; "" until the content was read
	Size int64  // -1 where it is not known without reading
	Stat Stat   // zero for a revision
	Skip Reason // not "": the file is passed over without reading

	// Read returns the content. Safe for concurrent use. A content of more than limit bytes gives [Huge],
	// without being read, and any other [Reason] passes the file over, too. An error with code Unavailable ends the run;
	// with any other the file is passed over as [Unreadable].
	Read func(ctx context.Context, limit int64) (Content, error)
}

// Content is a file as it was read.
type Content struct {
	Data []byte
	Stat Stat // taken before the first byte was read; zero for a revision
}

// Reason says why a file is not indexed. The words are part of the `index --json` contract.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	Symlink     Reason = "symlink"      // symbolic link, broken or not; never followed
	Submodule   Reason = "submodule"    // submodule, or another repository inside the work tree
	BadPath     Reason = "bad_path"     // path that leaves the tree, or holds control characters or invalid UTF-8
	vendored    Reason = "vendored"     // copy of other people's code, by its path
	binary      Reason = "binary"       // by its name, or a NUL byte in the first 8000 bytes
	Data        Reason = "data"         // data, not code or text: JSON, CSV, SVG, lock files
	Huge        Reason = "huge"         // more than Options.MaxFileBytes
	Unreadable  Reason = "unreadable"   // no permission, or an input/output error
	Empty       Reason = "empty"        // nothing but white space
	invalidUTF8 Reason = "invalid_utf8" // text in another encoding
	minified    Reason = "minified"     // very long lines
	generated   Reason = "generated"    // made by a program
)

// Error makes a reason what [Entry.Read] returns for a file to be passed over.
func (r Reason) Error() string { return "skipped: " + string(r) }

// ErrGone is what [Entry.Read] returns for a file that was deleted after the scan: it counts as not there.
var ErrGone = fault.New(fault.NotFound, "the file is gone")

// BlobHash returns the hex git blob hash of a content.
func BlobHash(data []byte) string {
	h := sha1.New() //nolint:gosec // see the import
	_, _ = fmt.Fprintf(h, "blob %d\x00", len(data))
	_, _ = h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}
