package mine

import (
	"context"
)

// History is the past of a repository, as far as commit pairs need it. [OpenHistory] reads it from git.
type History interface {
	// Log calls visit for a commit and its ancestors, newest first, until there have been limit of them or visit returns
	// an error, which Log returns. The end of a shallow clone is the end of the history.
	Log(ctx context.Context, rev string, limit int, visit func(Commit) error) error
}

// Commit is one commit.
type Commit struct {
	Hash    string
	Subject string // the first line of its message
	Parents int
	// Changes compares the commit with its first parent. Of more than limit changed files it returns none and large. An
	// object that is missing gives an error of code NotFound. Valid during the visit only.
	Changes func(ctx context.Context, limit int) (changes []Change, large bool, err error)
}

// Change is a file that a commit changed or added.
type Change struct {
	Path     string
	Old, New string // hex blob hashes; Old is "" for a new file
	// Read returns the content of one of the two blobs; nil for one of more than limit bytes.
	Read func(ctx context.Context, blob string, limit int64) ([]byte, error)
}
