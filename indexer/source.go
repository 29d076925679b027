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
	Ignored []Ignored // what ignore files take out; they are no entries
	Rules   string    // digest of the files that Marks come from: another one means that files are looked at again
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
	Marks

	// Read returns the content. Safe for concurrent use. A [SkipError] passes the file over: [Huge] for a content
	// of more than limit bytes, without being read. An error with code Unavailable ends the run;
	// with any other the file is passed over as [Unreadable].
	Read func(ctx context.Context, limit int64) (Content, error)
}

// Ignored is a file, or a folder with a slash behind its path, that ignore files take out.
type Ignored struct {
	Path   string
	Reason Reason // LeftByGit, LeftByLoradex or Unreadable
}

// Marks are what a repository says of a file: attributes of git that linguist has brought, and lines of .loradexignore. The
// zero value says nothing.
type Marks struct {
	Taken                              Taken
	Vendored, Generated, Documentation Mark
	Language                           string // name or alias of the language
	Encoding                           string // of the file on disk
}

// Mark is a yes, a no, or nothing.
type Mark int8

// The marks.
const (
	Unmarked Mark = iota
	MarkedOn
	MarkedOff
)

// Taken says that a file is wanted, whatever it looks like.
type Taken int8

// How a file is taken in: a folder takes in what counts as vendored, generated or minified; a name that too, and data and
// large files.
const (
	NotTaken Taken = iota
	TakenByFolder
	TakenByName
)

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
	invalidUTF8 Reason = "invalid_utf8" // text in an encoding that is not known
	minified    Reason = "minified"     // packed by a program, for machines
	generated   Reason = "generated"    // made by a program
)

// The reasons that a list of what is not indexed has besides. Counts are without them.
const (
	LeftByGit     Reason = "gitignore"
	LeftByLoradex Reason = "loradexignore"
	notYet        Reason = "not_yet" // came after the last run
)

// SkipError is what [Entry.Read] returns for a file to be passed over.
type SkipError struct{ Reason Reason }

// Error says why.
func (e SkipError) Error() string { return "skipped: " + string(e.Reason) }

// ErrGone is what [Entry.Read] returns for a file that was deleted after the scan: it counts as not there.
var ErrGone = fault.New(fault.NotFound, "the file is gone")

// BlobHash returns the hex git blob hash of a content.
func BlobHash(data []byte) string {
	h := sha1.New() //nolint:gosec // see the import
	_, _ = fmt.Fprintf(h, "blob %d\x00", len(data))
	_, _ = h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}
