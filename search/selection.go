package search

// This file defines which trees of an index a request is about.

import (
	"strings"

	"loradex/internal/fault"
)

// Selection says which trees of an index are searched. The zero value is the work tree; in an index of several repositories,
// all of theirs. At most one of Branches, Rev and All is given. Whoever opens the index finds the trees
// that are meant, and gives them to a [Searcher] as [Filter].Trees.
type Selection struct {
	Repo     string   // folder, URL, or the last part of either; "" is any
	Branches []string // these branches
	Rev      string   // the tree of this revision
	All      bool     // work trees and branches
}

// Limits of a selection.
const (
	maxBranches = 100
	maxName     = 4096 // bytes
)

// IsZero tells whether nothing is selected.
func (t Selection) IsZero() bool {
	return t.Repo == "" && len(t.Branches) == 0 && t.Rev == "" && !t.All
}

// Validate reports a selection that can never be answered.
func (t Selection) Validate() error {
	given := 0
	for _, is := range []bool{len(t.Branches) > 0, t.Rev != "", t.All} {
		if is {
			given++
		}
	}
	if given > 1 {
		return fault.New(fault.Invalid, "more than one of branch, rev and all_branches is given")
	}
	if len(t.Branches) > maxBranches {
		return fault.New(fault.Invalid, "%d branches are given, more than %d", len(t.Branches), maxBranches).
			WithHint("use all_branches")
	}
	for _, name := range append([]string{t.Repo, t.Rev}, t.Branches...) {
		if len(name) > maxName || strings.ContainsRune(name, 0) {
			return fault.New(fault.Invalid, "there is no repository, branch or revision called %.100q", name)
		}
	}
	for _, b := range t.Branches {
		if b == "" {
			return fault.New(fault.Invalid, "branch is empty")
		}
	}
	return nil
}
