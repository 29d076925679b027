package workspace

// This file reads files by what the index holds of them: so does a program that shows hits and may not open files itself.

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"loradex/adapters"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// Passage is a part of a file of an index, as the file is now.
type Passage struct {
	Repo      string // where the index holds several
	Path      string // from the top of the repository
	Language  string
	StartLine int // of Text
	EndLine   int
	Lines     int // of the file, up to the last one that is not blank
	Text      string
	Stale     bool // the file was changed since, and could not be brought up to date
}

// Read returns lines of a file of the work trees that the workspace is of; 0, 0 is all of it. The file is called as hits call it,
// with or without its repository in front, or by its absolute path. Only what the index holds is read, and what has changed of it
// since, so no name leads out of the repositories. Invalid for a name that points outside, or to several files; NotFound where the
// index has no such file, or the file has no such lines.
func (l *local) Read(ctx context.Context, name string, from, to int) (*Passage, error) {
	return l.read(ctx, name, func(_ []search.Stored, last int) (int, int) {
		if from == 0 {
			return 1, last
		}
		return from, min(to, last)
	})
}

// ReadAround returns the code that a line is part of: the smallest chunk that holds it. The errors are those of Read.
func (l *local) ReadAround(ctx context.Context, name string, line int) (*Passage, error) {
	return l.read(ctx, name, func(chunks []search.Stored, last int) (int, int) {
		from, to := line, min(line, last)
		for i := range chunks {
			c := &chunks[i].Chunk
			if c.StartLine <= line && line <= c.EndLine && (from == to || c.EndLine-c.StartLine < to-from) {
				from, to = c.StartLine, c.EndLine
			}
		}
		return from, to
	})
}

// read finds the file that is meant, and cuts out of it the lines that pick returns.
func (l *local) read(ctx context.Context, name string, pick func(chunks []search.Stored, last int) (from, to int)) (*Passage, error) {
	in, err := l.scope(ctx, search.Selection{})
	if err != nil {
		return nil, err
	}
	places, err := placesCalled(ctx, in, name)
	if err != nil {
		return nil, err
	}
	texts, err := l.texts(ctx, in)
	if err != nil {
		return nil, err
	}
	var found []*Passage
	for _, at := range places {
		one := scope{search.In(in.store, at.tree), in.openIndex, []indexer.Tree{at.tree}}
		p, err := texts.passage(ctx, one, at.path, pick)
		if err != nil {
			return nil, err
		}
		if p != nil {
			found = append(found, p)
		}
	}
	switch {
	case len(found) == 0:
		return nil, fault.New(fault.NotFound, "the index has no file %s", name).
			WithHint("take the path of a hit; paths count from the top of the repository")
	case len(found) > 1:
		return nil, fault.New(fault.Invalid, "%s is a file of %d repositories", name, len(found)).
			WithHint("say which, as in %s/%s", found[0].Repo, found[0].Path)
	case found[0].StartLine > found[0].EndLine:
		return nil, fault.New(fault.NotFound, "%s has %d lines, not %d", found[0].Path, found[0].Lines, found[0].StartLine).
			WithHint("ask for lines that it has")
	}
	return found[0], nil
}

// placed is a place in a tree.
type placed struct {
	tree indexer.Tree
	path string
}

// placesCalled are the files that a name may mean, whether or not they are there: one in each tree, where it does not say which.
func placesCalled(ctx context.Context, in scope, name string) ([]placed, error) {
	state, err := in.store.State(ctx)
	if err != nil {
		return nil, err
	}
	var out []placed
	var roots []string
	best := -1 // length of the longest repository that the name begins with
	for _, t := range state.Trees {
		if !slices.Contains(in.names, t.Tree) {
			continue
		}
		if rel, ok := strings.CutPrefix(name, t.State.Repo+"/"); ok && t.State.Repo != "" && len(t.State.Repo) >= best && filepath.IsLocal(rel) {
			if len(t.State.Repo) > best {
				best, out = len(t.State.Repo), nil
			}
			out = append(out, placed{t.Tree, path.Clean(rel)})
			continue
		}
		under, err := rootsOf(ctx, scope{in.Trees, in.openIndex, []indexer.Tree{t.Tree}})
		if err != nil {
			return nil, err
		}
		roots = append(roots, under...)
		if best >= 0 {
			continue
		}
		if filepath.IsAbs(name) {
			if rel, ok := below(under, name); ok {
				out = append(out, placed{t.Tree, rel})
			}
		} else if rel := path.Clean(filepath.ToSlash(name)); filepath.IsLocal(rel) {
			out = append(out, placed{t.Tree, rel})
		}
	}
	if len(out) == 0 {
		return nil, outside(name, roots)
	}
	return out, nil
}

// passage reads a file of one tree; nil where the tree has none.
func (b *buffers) passage(ctx context.Context, in scope, path string, pick func(chunks []search.Stored, last int) (from, to int)) (*Passage, error) {
	var p *Passage
	answer, err := b.search(ctx, in, &search.Span{Path: path}, func(reader search.Reader) (*search.Response, error) {
		chunks, err := reader.At(ctx, in.names, path, 0, 0)
		if p = nil; err != nil || len(chunks) == 0 {
			return &search.Response{}, err
		}
		p = &Passage{Path: path, Language: chunks[0].Language}
		if t := chunks[0].Tree; t != nil {
			p.Repo = t.State.Repo
		}
		for i := range chunks {
			p.Lines = max(p.Lines, chunks[i].Chunk.EndLine)
		}
		p.StartLine, p.EndLine = pick(chunks, p.Lines)
		p.Text = textOf(chunks, p.StartLine, p.EndLine)
		return &search.Response{Hits: []search.Hit{{Repo: p.Repo, Path: path}}}, nil // so that the file is compared
	})
	if err != nil || p == nil || len(answer.Hits) == 0 {
		return nil, err
	}
	p.Stale = answer.Hits[0].Stale
	return p, nil
}

// textOf puts lines together that chunks hold. What none of them holds is blank.
func textOf(chunks []search.Stored, from, to int) string {
	if from > to {
		return ""
	}
	lines := make([]string, to-from+1)
	for i := range chunks {
		c := &chunks[i].Chunk
		if c.EndLine < from || c.StartLine > to {
			continue
		}
		at := c.StartLine
		for line := range strings.SplitSeq(c.Text, "\n") {
			if at >= from && at <= to {
				lines[at-from] = line
			}
			at++
		}
	}
	return strings.Join(lines, "\n")
}

// Adapters lists the library of adapters with their cards.
func (l *local) Adapters(ctx context.Context) ([]adapters.Entry, error) {
	lib, err := l.session.Library()
	if err != nil {
		return nil, err
	}
	return lib.List(ctx)
}
