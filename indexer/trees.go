package indexer

import (
	"context"
	"strings"

	"loradex/internal/fault"
)

// This file is about indexes of several trees. A tree is one state of one repository: its work tree, a branch, or a
// revision. Trees share what they have in common: a file that is the same in two of them is stored once, and a text is
// encoded once.

// Tree names a tree of an index. The zero Tree is the work tree of the repository that the index folder lies in (of a
// bare one: its HEAD).
type Tree struct {
	Repo   string `json:"repo"`   // absolute root or URL; "" is the repository that the index folder lies in
	Branch string `json:"branch"` // short name; "" unless the tree is a branch
	Rev    string `json:"rev"`    // full commit hash; "" unless the tree is a revision
}

// maxTreeName bounds the parts of a tree's name.
const maxTreeName = 4096

// Validate is Invalid for a name that no tree can have.
func (t Tree) Validate() error {
	if t.Branch != "" && t.Rev != "" {
		return fault.New(fault.Invalid, "tree %q is a branch and a revision", t.Branch)
	}
	for _, part := range []string{t.Repo, t.Branch, t.Rev} {
		if len(part) > maxTreeName || strings.ContainsRune(part, 0) {
			return fault.New(fault.Invalid, "a tree with the name %.80q", part)
		}
	}
	return nil
}

// IsWorkTree tells whether it is the work tree of its repository.
func (t Tree) IsWorkTree() bool { return t.Branch == "" && t.Rev == "" }

// String is a name for people: "work tree", "branch main", "revision 0123456789 of /some/repository".
func (t Tree) String() string {
	name := "work tree"
	switch {
	case t.Branch != "":
		name = "branch " + t.Branch
	case t.Rev != "":
		name = "revision " + t.Rev[:min(len(t.Rev), 10)]
	}
	if t.Repo != "" {
		name += " of " + t.Repo
	}
	return name
}

// TreeState is a tree of an index, and what the index holds of it.
type TreeState struct {
	Tree
	State  RepoState
	Files  int
	Chunks int
}

// FileVersion names a content at a path, whatever the repository.
type FileVersion struct{ Path, Blob string }

// Sharing is what the index of one tree offers where trees share files. [Index] makes use of it where the store has it.
type Sharing interface {
	// Shared returns the files that other trees of the index hold, cut by this chunker or, for "", by any, with their
	// language, chunker and number of chunks; none where the index has no other tree.
	Shared(ctx context.Context, chunker string) (map[FileVersion]FileState, error)
	// ShareFiles adds files that Shared named to this tree, in place of what it holds at their paths. It needs Path,
	// Blob, Language and Stat. Conflict where one is not there any more.
	ShareFiles(ctx context.Context, chunker string, files []FileState) error
	// Languages returns the languages of all files of the index, in all trees, sorted.
	Languages(ctx context.Context) ([]string, error)
}
