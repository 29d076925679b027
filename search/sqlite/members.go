package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"sort"
)

// This file defines which versions of files a tree has. They are numbered as they come, so those of a tree lie in a few ranges of
// numbers without a gap: a tree that is like another one costs a row, and not one for each file.

// membersOf selects the versions that some trees have, one that several have as often.
const membersOf = `SELECT f.id FROM members m CROSS JOIN files f ON f.id BETWEEN m.first AND m.last
	WHERE m.tree_id IN (SELECT value FROM json_each(?))`

// allMembers selects the versions that any tree has.
const allMembers = "SELECT f.id FROM members m CROSS JOIN files f ON f.id BETWEEN m.first AND m.last"

// isMember is the condition that a tree has a version; both are expressions of SQL.
func isMember(tree, version string) string {
	return "(SELECT last FROM members WHERE tree_id = " + tree + " AND first <= " + version + " ORDER BY first DESC LIMIT 1) >= " + version
}

// isMemberOf is the condition that one of some trees has a version; trees is a parameter, a list of numbers.
func isMemberOf(trees, version string) string {
	return "EXISTS (SELECT 1 FROM json_each(" + trees + ") wanted WHERE " + isMember("wanted.value", version) + ")"
}

// span is a range of versions, ends included.
type span struct{ first, last int64 }

// spans are ranges in order, which neither touch nor overlap.
type spans []span

// at is the place of the first range that ends at a version or behind it.
func (s spans) at(id int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].last >= id })
}

func (s spans) has(id int64) bool {
	i := s.at(id)
	return i < len(s) && s[i].first <= id
}

// with returns the ranges with one more version. The old ones are used up.
func (s spans) with(id int64) spans {
	i := s.at(id)
	if i < len(s) && s[i].first <= id {
		return s
	}
	before, behind := i > 0 && s[i-1].last == id-1, i < len(s) && s[i].first == id+1
	switch {
	case before && behind:
		s[i-1].last = s[i].last
		return slices.Delete(s, i, i+1)
	case before:
		s[i-1].last = id
	case behind:
		s[i].first = id
	default:
		return slices.Insert(s, i, span{id, id})
	}
	return s
}

// without returns the ranges without a version. The old ones are used up.
func (s spans) without(id int64) spans {
	i := s.at(id)
	if i == len(s) || s[i].first > id {
		return s
	}
	switch was := s[i]; {
	case was.first == was.last:
		return slices.Delete(s, i, i+1)
	case was.first == id:
		s[i].first++
	case was.last == id:
		s[i].last--
	default:
		s[i].last = id - 1
		return slices.Insert(s, i+1, span{id + 1, was.last})
	}
	return s
}

// readSpans returns the versions that a tree has.
func readSpans(ctx context.Context, q querier, tree int64) (spans, error) {
	return list(ctx, q, func(rows *sql.Rows) (s span, err error) {
		err = rows.Scan(&s.first, &s.last)
		return s, err
	}, "SELECT first, last FROM members WHERE tree_id = ? ORDER BY first", tree)
}

// writeSpans replaces what is there of a tree, and leaves alone what stays.
func writeSpans(ctx context.Context, tx *sql.Tx, tree int64, was, now spans) error {
	var remove, add *sql.Stmt
	err := prepareAll(ctx, tx, []statement{
		{&remove, "DELETE FROM members WHERE tree_id = ? AND first = ?"},
		{&add, "INSERT OR REPLACE INTO members (tree_id, first, last) VALUES (?, ?, ?)"},
	})
	for i, j := 0, 0; err == nil && (i < len(was) || j < len(now)); {
		switch {
		case j == len(now) || i < len(was) && was[i].first < now[j].first:
			_, err = remove.ExecContext(ctx, tree, was[i].first)
			i++
		case i < len(was) && was[i] == now[j]:
			i++
			j++
		default:
			_, err = add.ExecContext(ctx, tree, now[j].first, now[j].last)
			if i < len(was) && was[i].first == now[j].first {
				i++
			}
			j++
		}
	}
	return err
}
