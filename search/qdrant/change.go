package qdrant

import (
	"context"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
)

// This file defines how a tree comes to versions of files and leaves them.

// version is what a content at a path is known by, whatever the tree. Nothing is known of a file without a blob.
func version(path, blob, language, chunker string) string {
	if blob == "" {
		return fresh()
	}
	return hashed(path, blob, language, chunker)[:32]
}

// change is one call that gives a tree versions of files, or takes paths from it.
type change struct {
	tx      *transaction
	tree    treeEntry
	chunker string
	files   []indexer.File // that come; without chunks where another tree is known to have them
	paths   []string       // that go, without anything coming in their place

	versions map[string]string // of the files that come, by path
	chunks   map[string]int    // number of chunks of the versions that other trees have
	old      map[string]string // versions that the tree has now, by path
	held     map[string]bool   // versions that other trees have
}

// prepare finds out what the tree and the others have at the paths. Where there is one tree, nothing is held.
func (c *change) prepare(ctx context.Context) error {
	c.versions, c.old, c.held, c.chunks = map[string]string{}, map[string]string{}, map[string]bool{}, map[string]int{}
	paths := append([]string{}, c.paths...)
	for i := range c.files {
		f := &c.files[i]
		c.versions[f.Path] = version(f.Path, f.Blob, f.Language, c.chunker)
		paths = append(paths, f.Path)
	}
	h := &c.tx.head
	if len(h.Trees) < 2 {
		return nil
	}
	return c.tx.inParts(ctx, paths, func(part []string) error {
		return c.tx.s.eachFile(ctx, filesAt(h.Generation, keywords(fieldPath, part)), func(f fileRecord) error {
			if f.member == c.tree.member() {
				c.old[f.Path] = f.version
			} else {
				c.held[f.version], c.chunks[f.version] = true, f.Chunks
			}
			return nil
		})
	})
}

// joins tells whether a file that comes is there already, in another tree.
func (c *change) joins(f *indexer.File) bool { return c.held[c.versions[f.Path]] }

// apply ends what goes, and joins what is there already. What is not, the caller writes.
func (c *change) apply(ctx context.Context) error {
	ending := slices.Clone(c.paths)
	var parting, joining []string // versions
	var points []*client.PointStruct
	for i := range c.files {
		f := &c.files[i]
		ending = append(ending, f.Path)
		if !c.joins(f) {
			continue
		}
		if c.old[f.Path] != c.versions[f.Path] {
			joining = append(joining, c.versions[f.Path])
		}
		state := indexer.FileState{Path: f.Path, Blob: f.Blob, Language: f.Language, Stat: f.Stat, Chunks: c.chunks[c.versions[f.Path]], Chunker: c.chunker}
		point, err := filePoint(fileRecord{state, c.tree.member(), c.versions[f.Path]}, c.tx.at)
		if err != nil {
			return err
		}
		points = append(points, point)
	}
	for path, v := range c.old {
		if c.held[v] && c.versions[path] != v {
			parting = append(parting, v)
		}
	}
	if err := c.end(ctx, ending); err != nil {
		return err
	}
	if err := c.part(ctx, parting); err != nil {
		return err
	}
	if err := c.join(ctx, joining); err != nil {
		return err
	}
	return c.tx.upsert(ctx, c.tx.s.main, points)
}

// end lets the tree's files at some paths exist up to the present generation only, and their chunks where no other tree
// has them.
func (c *change) end(ctx context.Context, paths []string) error {
	tx, g := c.tx, c.tx.head.Generation
	return tx.inParts(ctx, paths, func(part []string) error {
		files := filesAt(g, c.tree.files(), keywords(fieldPath, part))
		if err := tx.s.setPayload(ctx, tx.s.main, files, numbers{fieldTo: tx.at}); err != nil {
			return err
		}
		// What no tree but this one has; from: this call's own points stay.
		chunks := &client.Filter{Must: slices.Concat(visible(g), []*client.Condition{keywords(fieldPath, part)}, c.tree.visible(g))}
		if held := c.heldAt(part); len(held) > 0 {
			chunks.MustNot = append(chunks.MustNot, client.NewMatchKeywords(fieldVersion, held...))
		}
		return tx.s.setEverywhere(ctx, tx.head, chunks, numbers{fieldTo: tx.at, c.tree.to(): tx.at})
	})
}

// heldAt returns the versions that the tree has at some paths and another tree has, too.
func (c *change) heldAt(paths []string) []string {
	var out []string
	for _, path := range paths {
		if v := c.old[path]; c.held[v] {
			out = append(out, v)
		}
	}
	return out
}

// part takes versions from the tree that others keep.
func (c *change) part(ctx context.Context, versions []string) error {
	return c.mark(ctx, versions, c.tree.visible(c.tx.head.Generation), numbers{c.tree.to(): c.tx.at})
}

// join gives the tree versions that others have. Where it had one before, the generations in which it did are
// forgotten; no search may be reading those any more, so the floor is raised first.
func (c *change) join(ctx context.Context, versions []string) error {
	floor := c.tx.head.Floor
	err := c.tx.inParts(ctx, versions, func(part []string) error {
		ended := &client.Filter{Must: []*client.Condition{
			client.NewMatchKeyword(fieldType, typeFile), c.tree.files(),
			client.NewMatchKeywords(fieldVersion, part...), above(fieldTo, c.tx.head.Floor), upTo(fieldTo, c.tx.head.Generation),
		}}
		return c.tx.s.eachFilePoint(ctx, ended, func(p *client.RetrievedPoint) error {
			floor = max(floor, p.GetPayload()[fieldTo].GetIntegerValue())
			return nil
		})
	})
	if err != nil {
		return err
	}
	if floor > c.tx.head.Floor {
		h := c.tx.head
		h.Floor, c.tx.next.Floor = floor, floor
		if err := c.tx.put(ctx, h); err != nil {
			return err
		}
	}
	return c.mark(ctx, versions, nil, numbers{c.tree.from(): c.tx.at, c.tree.to(): live})
}

// mark sets fields of the chunks of versions, in every collection.
func (c *change) mark(ctx context.Context, versions []string, more []*client.Condition, fields numbers) error {
	return c.tx.inParts(ctx, versions, func(part []string) error {
		versions := []*client.Condition{client.NewMatchKeywords(fieldVersion, part...)}
		chunks := &client.Filter{Must: slices.Concat(visible(c.tx.head.Generation), versions, more)}
		return c.tx.s.setEverywhere(ctx, c.tx.head, chunks, fields)
	})
}
