// Package gitrepo reads git repositories for the indexer: a work tree as it is on disk, or the tree of a revision.
// It works on ordinary and linked work trees, bare repositories, and URLs (cloned bare into a cache folder), and on
// sparse checkouts, partial clones and repositories with submodules. It runs no git program, except that a file://
// URL is served by git-upload-pack.
//
//	repo, err := gitrepo.Open(ctx, ".", gitrepo.Options{Home: home})
//	if err != nil {
//		return err // NotFound: "x is not a git repository"
//	}
//	defer repo.Close()
//	report, err := indexer.Index(ctx, repo.Source(""), store, encoder, indexer.Options{})
//
// Three things are done here rather than by go-git, which reads objects, references and remotes:
//   - Opening: go-git refuses repositories with extensions that change nothing for a reader (worktreeConfig,
//     partialClone); see extensions.go.
//   - The work tree: go-git's status hashes ignored trees. [Repo.Source] walks the disk, prunes what is ignored, and
//     compares stat data with git's own index; see worktree.go and dircache.go.
//   - Ignore files: the patterns follow git byte for byte (wildmatch.go, ignore.go) and are tested against the git
//     program on random trees.
package gitrepo
