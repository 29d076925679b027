package gitrepo

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"loradex/internal/fault"
)

// This file resolves revisions: a reference or an object name, then any of "~", "~N", "^", "^N", "^{commit}", "^{}".
// go-git's own resolver passes over what it does not know ("HEAD@{1}" is HEAD there); here that is an error.

// resolve returns the commit that a revision names.
func (r *Repo) resolve(rev string) (*object.Commit, error) {
	if err := r.checkReadable(); err != nil {
		return nil, err
	}
	base, steps, err := parseRevision(rev)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	hash, err := r.resolveBase(rev, base)
	if err != nil {
		return nil, err
	}
	commit, err := r.peel(rev, hash)
	if err != nil {
		return nil, err
	}
	for _, st := range steps {
		for range st.generations {
			if st.parent > len(commit.ParentHashes) {
				return nil, r.unknownRevision(rev)
			}
			if commit, err = r.commit(commit.ParentHashes[st.parent-1]); err != nil {
				return nil, err
			}
		}
	}
	return commit, nil
}

// ancestry is a step from a commit to another: so many times to its parent-th parent.
type ancestry struct{ generations, parent int }

// maxGenerations bounds "~N": no history is that long.
const maxGenerations = 1 << 24

func parseRevision(rev string) (base string, steps []ancestry, err error) {
	refuse := func(what string) (string, []ancestry, error) {
		return "", nil, fault.New(fault.Invalid, "revision %q: %s", rev, what).
			WithHint("name a branch, a tag, a commit hash, or one of these followed by ~N or ^N")
	}
	end := strings.IndexAny(rev, "~^")
	if end < 0 {
		end = len(rev)
	}
	base = rev[:end]
	switch {
	case base == "":
		return refuse("it names no reference or object")
	case strings.ContainsAny(base, ":") || strings.Contains(base, "@{") || strings.Contains(base, ".."):
		return refuse("this syntax is not supported")
	}
	for rest := rev[end:]; rest != ""; {
		op := rest[0]
		rest = rest[1:]
		if op == '^' && strings.HasPrefix(rest, "{") {
			kind, after, closed := strings.Cut(rest[1:], "}")
			if !closed || (kind != "" && kind != "commit") {
				return refuse("this syntax is not supported")
			}
			rest = after
			continue
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n := 1
		if digits > 0 {
			if n, err = strconv.Atoi(rest[:digits]); err != nil || n > maxGenerations {
				return refuse("the number is too large")
			}
		}
		rest = rest[digits:]
		switch {
		case rest != "" && rest[0] != '~' && rest[0] != '^', op != '~' && op != '^':
			return refuse("this syntax is not supported")
		case op == '~':
			steps = append(steps, ancestry{generations: n, parent: 1})
		case n > 0: // ^0 is the commit itself
			steps = append(steps, ancestry{generations: 1, parent: n})
		}
	}
	return base, steps, nil
}

// resolveBase finds a reference or an object name, in git's order: a full hash, a reference, an abbreviated hash.
func (r *Repo) resolveBase(rev, base string) (plumbing.Hash, error) {
	if plumbing.IsHash(base) {
		return plumbing.NewHash(base), nil
	}
	if base == "@" {
		base = "HEAD"
	}
	for _, rule := range plumbing.RefRevParseRules {
		name := plumbing.ReferenceName(strings.Replace(rule, "%s", base, 1))
		if name != plumbing.HEAD && name.Validate() != nil && !strings.HasSuffix(base, "_HEAD") {
			continue // not a reference name, so no file of the git folder
		}
		ref, err := storer.ResolveReference(r.store, name)
		if err == nil {
			return ref.Hash(), nil
		}
	}
	return r.resolvePrefix(rev, base)
}

// resolvePrefix finds the one commit or tag whose hash begins with at least four hex digits.
func (r *Repo) resolvePrefix(rev, prefix string) (plumbing.Hash, error) {
	prefix = strings.ToLower(prefix)
	if len(prefix) < 4 || len(prefix) > 40 {
		return plumbing.ZeroHash, r.unknownRevision(rev)
	}
	whole, err := hex.DecodeString(prefix[:len(prefix)/2*2])
	if err != nil {
		return plumbing.ZeroHash, r.unknownRevision(rev)
	}
	candidates, err := r.store.hashesWithPrefix(whole)
	if err != nil {
		return plumbing.ZeroHash, r.objectError(err, "object", prefix)
	}
	found := map[plumbing.Hash]bool{}
	var hash plumbing.Hash
	for _, c := range candidates {
		if !strings.HasPrefix(c.String(), prefix) {
			continue
		}
		if _, err := r.peel(rev, c); err == nil {
			found[c], hash = true, c
		}
	}
	switch len(found) {
	case 0:
		return plumbing.ZeroHash, r.unknownRevision(rev)
	case 1:
		return hash, nil
	}
	return plumbing.ZeroHash, fault.New(fault.Invalid, "revision %q fits %d commits", rev, len(found)).
		WithHint("give more digits of the hash")
}

// peel follows annotated tags to their commit.
func (r *Repo) peel(rev string, hash plumbing.Hash) (*object.Commit, error) {
	for range 16 { // tags of tags; more is a joke or an attack
		commit, err := r.commit(hash)
		if err == nil {
			return commit, nil
		}
		tag, tagErr := object.GetTag(r.store, hash)
		if tagErr != nil && !isMissing(err) {
			return nil, err
		}
		if tagErr != nil {
			break
		}
		hash = tag.Target
	}
	return nil, r.unknownRevision(rev)
}

func (r *Repo) unknownRevision(rev string) error {
	return fault.New(fault.NotFound, "%s has no revision %q", r.Name(), rev).
		WithHint("run `git branch -a`, `git tag` or `git log` to see what there is; a shallow clone needs `git fetch --unshallow`")
}

// headCommit returns the hash that HEAD names, "" before the first commit, and where references cannot be read.
func (r *Repo) headCommit() (string, error) {
	if r.foreign != "" {
		return "", nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ref, err := storer.ResolveReference(r.store, plumbing.HEAD)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fault.Wrap(fault.Corrupt, err, "%s: HEAD cannot be read", r.root)
	}
	return ref.Hash().String(), nil
}
