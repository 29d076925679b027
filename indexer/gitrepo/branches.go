package gitrepo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"loradex/internal/fault"
)

// Branch is a branch and the commit that it points to.
type Branch struct {
	Name   string // short: "main", "origin/main"
	Commit string
	Time   time.Time // of the commit, by the committer's clock
}

// Branches lists the repository's own branches by name; of a URL those of the server.
func (r *Repo) Branches(ctx context.Context) ([]Branch, error) {
	if err := r.checkReadable(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	refs, err := r.store.IterReferences()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s: the branches cannot be listed", r.root)
	}
	defer refs.Close()
	var out []Branch
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if err := ctx.Err(); err != nil {
			return fault.Wrap(fault.Canceled, err, "listing the branches of %s", r.Name())
		}
		if !ref.Name().IsBranch() || ref.Type() != plumbing.HashReference {
			return nil
		}
		b, err := r.branchAt(ref.Name().Short(), ref.Hash())
		out = append(out, b)
		return err
	})
	if err != nil {
		var known *fault.Error
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, fault.Wrap(fault.Unavailable, err, "%s: the branches cannot be listed", r.root)
	}
	slices.SortFunc(out, func(a, b Branch) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Names lists the names of branches that begin with a text, and behind them those of tags where they are asked for: at most
// limit of each, by name.
func (r *Repo) Names(ctx context.Context, begin string, tags bool, limit int) ([]string, error) {
	if err := r.checkReadable(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	refs, err := r.store.IterReferences()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s: the branches cannot be listed", r.root)
	}
	defer refs.Close()
	var branches, tagged []string
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		switch name := ref.Name(); {
		case !strings.HasPrefix(name.Short(), begin):
		case name.IsBranch():
			branches = append(branches, name.Short())
		case name.IsTag() && tags:
			tagged = append(tagged, name.Short())
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s: the branches cannot be listed", r.root)
	}
	slices.Sort(branches)
	slices.Sort(tagged)
	return append(branches[:min(limit, len(branches))], tagged[:min(limit, len(tagged))]...), nil
}

// Branch finds a branch by its short name: one of the repository's own, or a remote's as in "origin/main". NotFound
// where there is none; a tag or a hash is not a branch.
func (r *Repo) Branch(name string) (Branch, error) {
	if err := r.checkReadable(); err != nil {
		return Branch{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, full := range []plumbing.ReferenceName{plumbing.NewBranchReferenceName(name), plumbing.ReferenceName("refs/remotes/" + name)} {
		if full.Validate() != nil {
			continue // not a reference name, so no file of the git folder
		}
		ref, err := r.store.Reference(full)
		if errors.Is(err, plumbing.ErrReferenceNotFound) {
			continue
		}
		if err != nil {
			return Branch{}, fault.Wrap(fault.Unavailable, err, "%s: branch %s cannot be read", r.root, name)
		}
		if ref.Type() == plumbing.HashReference {
			return r.branchAt(name, ref.Hash())
		}
	}
	return Branch{}, fault.New(fault.NotFound, "%s has no branch %q", r.Name(), name).WithHint("run `git branch -a` to see what there is")
}

func (r *Repo) branchAt(name string, hash plumbing.Hash) (Branch, error) {
	commit, err := r.commit(hash)
	if err != nil {
		return Branch{}, err
	}
	return Branch{Name: name, Commit: hash.String(), Time: commit.Committer.When}, nil
}

// Commit resolves a revision, as [Repo.Source] does, to its commit and the commit's time.
func (r *Repo) Commit(rev string) (hash string, when time.Time, err error) {
	c, err := r.resolve(rev)
	if err != nil {
		return "", time.Time{}, err
	}
	return c.Hash.String(), c.Committer.When, nil
}
