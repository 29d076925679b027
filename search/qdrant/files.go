package qdrant

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines the files of an index: how they come, change and go.

// Change implements search.Backend. A file that is touched gets a new point, as when it changes: all of a call are, or none.
func (s *store) Change(ctx context.Context, t indexer.Tree, c search.Change) error {
	return s.write(ctx, c.String(), c.Files() || len(c.Touch) > 0, func(tx *transaction) error {
		e, ok := tx.head.tree(t)
		if c.Makes() {
			var err error
			if e, err = tx.open(ctx, t); err != nil {
				return err
			}
		} else if !ok {
			return nil
		}
		if c.Files() {
			if err := tx.changeFiles(ctx, e, &c); err != nil {
				return err
			}
		}
		if err := tx.touch(ctx, e, c.Touch); c.State == nil || err != nil {
			return err
		}
		return tx.record(ctx, e, *c.State)
	})
}

// changeFiles gives a tree its versions of files.
func (tx *transaction) changeFiles(ctx context.Context, e treeEntry, asked *search.Change) error {
	c := change{tx: tx, tree: e, chunker: asked.Chunker, paths: asked.Remove}
	latest := map[string]int{} // a file may be put twice in one call; the last one counts
	for i, f := range asked.Put {
		latest[f.Path] = i
	}
	for i, f := range asked.Put {
		if latest[f.Path] == i {
			c.files = append(c.files, f)
		}
	}
	for _, f := range asked.Share {
		c.files = append(c.files, indexer.File{Path: f.Path, Blob: f.Blob, Language: f.Language, Stat: f.Stat})
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	for _, f := range c.files[len(c.files)-len(asked.Share):] {
		if !c.joins(&f) {
			return fault.New(fault.Conflict, "%s is not in another tree of the index any more", f.Path).
				WithHint("run `loradex index` again")
		}
	}
	return c.put(ctx)
}

// inParts calls fn for a few names at a time, as many as a condition lists, and shows before that the writer lives.
func (tx *transaction) inParts(ctx context.Context, names []string, fn func(part []string) error) error {
	for part := range slices.Chunk(names, namesAtOnce) {
		if err := tx.beat(ctx); err != nil {
			return err
		}
		if err := fn(part); err != nil {
			return err
		}
	}
	return nil
}

// touch updates the stat data of a tree's files.
func (tx *transaction) touch(ctx context.Context, e treeEntry, stats map[string]indexer.Stat) error {
	var points []*client.PointStruct
	err := tx.inParts(ctx, slices.Sorted(maps.Keys(stats)), func(part []string) error {
		present := filesAt(tx.head.Generation, e.files(), keywords(fieldPath, part))
		err := tx.s.eachFile(ctx, present, func(f fileRecord) error {
			f.Stat = stats[f.Path]
			point, err := filePoint(f, tx.at)
			points = append(points, point)
			return err
		})
		if err != nil {
			return err
		}
		return tx.s.setPayload(ctx, tx.s.main, present, numbers{fieldTo: tx.at})
	})
	if err != nil {
		return err
	}
	return tx.upsert(ctx, tx.s.main, points)
}

// record keeps the state of a tree, and cleans up: a complete scan is over.
func (tx *transaction) record(ctx context.Context, e treeEntry, r indexer.RepoState) error {
	tx.next.Trees = slices.Clone(tx.next.Trees)
	at := slices.IndexFunc(tx.next.Trees, func(x treeEntry) bool { return x.ID == e.ID })
	tx.next.Languages, r.Languages = r.Languages, nil
	tx.next.Trees[at].State = r
	return tx.s.sweep(ctx, tx.head)
}

// fileRecord is a file of a tree.
type fileRecord struct {
	indexer.FileState
	member, version string
}

func filePoint(f fileRecord, at int64) (*client.PointStruct, error) {
	stat, err := json.Marshal(f.Stat)
	if err != nil {
		return nil, err
	}
	return &client.PointStruct{
		Id: pointID(typeFile, f.member, f.Path, strconv.FormatInt(at, 10)), Vectors: noVectors(),
		Payload: map[string]*client.Value{
			fieldType: client.NewValueString(typeFile), fieldPath: text(f.Path), fieldBlob: text(f.Blob),
			fieldLanguage: text(f.Language), fieldChunks: client.NewValueInt(int64(f.Chunks)),
			fieldStat:   client.NewValueString(string(stat)), // JSON: an inode is a uint64, which payloads lack
			fieldMember: client.NewValueString(f.member), fieldVersion: client.NewValueString(f.version),
			fieldChunker: text(f.Chunker),
			fieldFrom:    client.NewValueInt(at), fieldTo: client.NewValueInt(live),
		},
	}, nil
}

func fileOf(p *client.RetrievedPoint) (fileRecord, error) {
	m := p.GetPayload()
	f := fileRecord{
		FileState: indexer.FileState{
			Path: textOf(m, fieldPath), Blob: textOf(m, fieldBlob), Language: textOf(m, fieldLanguage),
			Chunks: int(m[fieldChunks].GetIntegerValue()), Chunker: textOf(m, fieldChunker),
		},
		member: m[fieldMember].GetStringValue(), version: m[fieldVersion].GetStringValue(),
	}
	if err := json.Unmarshal([]byte(m[fieldStat].GetStringValue()), &f.Stat); err != nil {
		return f, fault.Wrap(fault.Corrupt, err, "the state of %s in Qdrant", f.Path).WithHint("run `loradex clean` and `loradex index`")
	}
	return f, nil
}

// eachFile calls fn for every file that a filter selects.
func (s *store) eachFile(ctx context.Context, f *client.Filter, fn func(f fileRecord) error) error {
	return s.eachFilePoint(ctx, f, func(p *client.RetrievedPoint) error {
		record, err := fileOf(p)
		if err != nil {
			return err
		}
		return fn(record)
	})
}

func (s *store) eachFilePoint(ctx context.Context, f *client.Filter, fn func(p *client.RetrievedPoint) error) error {
	return s.each(ctx, listing{collection: s.main, filter: f, payload: client.NewWithPayload(true), page: pageSize}, fn)
}

// Files implements search.Backend.
func (s *store) Files(ctx context.Context, trees []indexer.Tree, chunker string) ([]indexer.FileState, error) {
	return snapshot(ctx, s, "list files", func(h head) ([]indexer.FileState, error) {
		out := []indexer.FileState{}
		selected := filesAt(h.Generation)
		if trees != nil {
			var members []string
			for _, t := range trees {
				if e, ok := h.tree(t); ok {
					members = append(members, e.member())
				}
			}
			if len(members) == 0 {
				return out, nil
			}
			selected.Must = append(selected.Must, keywords(fieldMember, members))
		}
		seen := map[string]bool{} // versions
		err := s.eachFile(ctx, selected, func(f fileRecord) error {
			if !seen[f.version] && (chunker == "" || f.Chunker == chunker) {
				seen[f.version] = true
				out = append(out, f.FileState)
			}
			return nil
		})
		return out, err
	})
}
