package gitrepo

import (
	"context"
	"sort"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"loradex/indexer"
)

// revision is the files of the tree of a commit: a branch, a tag, a (shortened) hash, or one of these followed by "~N" or
// "^N". "HEAD" before the first commit is an empty tree; any other revision that does not exist is NotFound. Blobs are
// read when they are needed; .loradexignore files of the tree are honoured.
type revision struct {
	repo *Repo
	rev  string
}

// Scan lists the files as [indexer.Source] says.
func (v revision) Scan(ctx context.Context, _ map[string]indexer.FileState, progress func(int)) (*indexer.Snapshot, error) {
	r := v.repo
	snap := &indexer.Snapshot{Repo: r.Name()}
	if err := r.checkReadable(); err != nil {
		return nil, err
	}
	if v.rev == "HEAD" || v.rev == "@" {
		head, err := r.headCommit()
		if err != nil || head == "" {
			return snap, err
		}
	}
	commit, err := r.resolve(v.rev)
	if err != nil {
		return nil, err
	}
	snap.Rev = commit.Hash.String()
	snap.Recent = func(ctx context.Context) ([]string, error) { return r.recent(ctx, snap.Rev) }
	ignores := map[string]string{} // hash of the ignore and attributes files by path
	if err := r.listTree(ctx, commit, snap, ignores, progress); err != nil {
		return nil, err
	}
	if len(ignores) > 0 {
		if err := r.applyIgnores(snap, ignores); err != nil {
			return nil, err
		}
	}
	sort.Slice(snap.Entries, func(i, j int) bool { return snap.Entries[i].Path < snap.Entries[j].Path })
	return snap, nil
}

// listTree appends the files of a commit.
func (r *Repo) listTree(ctx context.Context, commit *object.Commit, snap *indexer.Snapshot, ignores map[string]string,
	progress func(int),
) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.walkTrees(ctx, plumbing.ZeroHash, commit.TreeHash, func(path string, _, item object.TreeEntry) (bool, error) {
		entry := indexer.Entry{Path: path, Blob: item.Hash.String(), Size: -1}
		switch {
		case !validPath(path):
			entry.Path, entry.Skip = printable(path), indexer.BadPath
		case item.Mode == filemode.Dir:
			return true, nil
		case item.Mode == filemode.Submodule:
			entry.Skip = indexer.Submodule
		case item.Mode == filemode.Symlink:
			entry.Skip = indexer.Symlink
		default:
			hash := entry.Blob
			entry.Read = func(_ context.Context, limit int64) (indexer.Content, error) {
				data, err := r.readBlob(hash, limit)
				return indexer.Content{Data: data}, err
			}
			if _, name := splitPath(path); name == loradexIgnoreName || name == attributesName {
				ignores[path] = hash
			}
		}
		snap.Entries = append(snap.Entries, entry)
		if progress != nil && len(snap.Entries)%512 == 0 {
			progress(len(snap.Entries))
		}
		return false, nil
	})
}

// applyIgnores takes out what the tree's own .loradexignore files name, and marks what these and its attributes say.
func (r *Repo) applyIgnores(snap *indexer.Snapshot, ignores map[string]string) error {
	var failed error
	tree := &ignoreTree{
		fold:  r.allSettings().isTrue("core", "ignorecase"),
		dirs:  map[string]*ignoreDir{},
		names: [ignoreKinds]string{byLoradex: loradexIgnoreName},
		isDir: func(string) bool { return true },
		read: func(path string) []byte {
			hash, ok := ignores[path]
			if !ok {
				return nil
			}
			data, err := r.readBlob(hash, maxIgnoreBytes)
			if err != nil {
				failed = err
			}
			return data
		},
	}
	kept := snap.Entries[:0]
	for _, e := range snap.Entries {
		parent, name := splitPath(e.Path)
		if tree.ignores(byLoradex, tree.dir(parent), name, e.Skip == indexer.Submodule) {
			snap.Ignored = append(snap.Ignored, indexer.Ignored{Path: e.Path, Reason: indexer.LeftByLoradex})
			continue
		}
		e.Marks = tree.marks(tree.dir(parent), name)
		kept = append(kept, e)
	}
	snap.Entries, snap.Rules = kept, tree.digest()
	return failed
}
