package qdrant

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines the files of an index: how they come, change and go.

// PutFiles implements indexer.Sink, for the zero tree.
func (s *Store) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	return s.putFiles(ctx, indexer.Tree{}, chunker, files)
}

func (s *Store) putFiles(ctx context.Context, t indexer.Tree, chunker string, files []indexer.File) error {
	for i := range files {
		if err := files[i].Validate(); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return ctx.Err()
	}
	latest := map[string]int{} // a file may be put twice in one call; the last one counts
	for i := range files {
		latest[files[i].Path] = i
	}
	return s.write(ctx, "write files", true, func(tx *transaction) error {
		e, err := tx.open(ctx, t)
		if err != nil {
			return err
		}
		p := putter{change: change{tx: tx, tree: e, chunker: chunker}}
		for i := range files {
			if latest[files[i].Path] == i {
				p.change.files = append(p.change.files, files[i])
			}
		}
		return p.put(ctx)
	})
}

// RemoveFiles implements indexer.Sink, for the zero tree.
func (s *Store) RemoveFiles(ctx context.Context, paths []string) error {
	return s.removeFiles(ctx, indexer.Tree{}, paths)
}

func (s *Store) removeFiles(ctx context.Context, t indexer.Tree, paths []string) error {
	if len(paths) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "remove files", true, func(tx *transaction) error {
		e, ok := tx.head.tree(t)
		if !ok {
			return nil
		}
		return tx.remove(ctx, e, paths)
	})
}

// remove takes paths from a tree.
func (tx *transaction) remove(ctx context.Context, t treeEntry, paths []string) error {
	c := change{tx: tx, tree: t, paths: paths}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	return c.apply(ctx)
}

// inParts cuts a list of names for conditions.
func inParts(names []string) iter.Seq[[]string] { return slices.Chunk(names, namesAtOnce) }

// TouchFiles implements indexer.Sink, for the zero tree. A file gets a new point, as when it changes: several files are touched at once,
// or none.
func (s *Store) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	return s.touchFiles(ctx, indexer.Tree{}, stats)
}

func (s *Store) touchFiles(ctx context.Context, t indexer.Tree, stats map[string]indexer.Stat) error {
	if len(stats) == 0 {
		return ctx.Err()
	}
	paths := make([]string, 0, len(stats))
	for path := range stats {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return s.write(ctx, "update files", true, func(tx *transaction) error {
		e, ok := tx.head.tree(t)
		if !ok {
			return nil
		}
		var points []*client.PointStruct
		for part := range inParts(paths) {
			present := filesOf(e, tx.head.Generation)
			present.Must = append(present.Must, keywords(fieldPath, part))
			err := s.eachFile(ctx, present, func(f fileRecord) error {
				f.Stat = stats[f.Path]
				point, err := filePoint(f, tx.at)
				points = append(points, point)
				return err
			})
			if err != nil {
				return err
			}
			to := map[string]*client.Value{fieldTo: client.NewValueInt(tx.at)}
			if err := s.setPayload(ctx, s.main, present, to); err != nil {
				return err
			}
		}
		return tx.upsert(ctx, s.main, points)
	})
}

// filesAt selects the files of a generation, in all trees.
func filesAt(generation int64) *client.Filter {
	return &client.Filter{Must: append(visible(generation), client.NewMatchKeyword(fieldType, typeFile))}
}

// filesOf selects the files of a tree.
func filesOf(t treeEntry, generation int64) *client.Filter {
	f := filesAt(generation)
	f.Must = append(f.Must, client.NewMatchKeyword(fieldMember, t.member()))
	return f
}

// fileRecord is a file of a tree.
type fileRecord struct {
	indexer.FileState
	member, version, chunker string
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
			fieldChunker: text(f.chunker),
			fieldFrom:    client.NewValueInt(at), fieldTo: client.NewValueInt(live),
		},
	}, nil
}

func fileOf(p *client.RetrievedPoint) (fileRecord, error) {
	m := p.GetPayload()
	f := fileRecord{
		FileState: indexer.FileState{
			Path: textOf(m, fieldPath), Blob: textOf(m, fieldBlob), Language: textOf(m, fieldLanguage),
			Chunks: int(m[fieldChunks].GetIntegerValue()),
		},
		member: m[fieldMember].GetStringValue(), version: m[fieldVersion].GetStringValue(), chunker: textOf(m, fieldChunker),
	}
	if err := json.Unmarshal([]byte(m[fieldStat].GetStringValue()), &f.Stat); err != nil {
		return f, fault.Wrap(fault.Corrupt, err, "the state of %s in Qdrant", f.Path).WithHint("run `loradex clean` and `loradex index`")
	}
	return f, nil
}

// eachFile calls fn for every file that a filter selects.
func (s *Store) eachFile(ctx context.Context, f *client.Filter, fn func(f fileRecord) error) error {
	return s.eachFilePoint(ctx, f, func(p *client.RetrievedPoint) error {
		record, err := fileOf(p)
		if err != nil {
			return err
		}
		return fn(record)
	})
}

func (s *Store) eachFilePoint(ctx context.Context, f *client.Filter, fn func(p *client.RetrievedPoint) error) error {
	l := listing{collection: s.main, filter: f, payload: client.NewWithPayload(true), page: pageSize}
	return s.each(ctx, l, func(page []*client.RetrievedPoint) error {
		for _, p := range page {
			if err := fn(p); err != nil {
				return err
			}
		}
		return nil
	})
}

// Files implements indexer.Manifest, for the zero tree.
func (s *Store) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	return s.files(ctx, indexer.Tree{})
}

func (s *Store) files(ctx context.Context, t indexer.Tree) (map[string]indexer.FileState, error) {
	var out map[string]indexer.FileState
	err := s.snapshot(ctx, "list files", func(h head) error {
		out = map[string]indexer.FileState{}
		e, ok := h.tree(t)
		if !ok {
			return nil
		}
		return s.eachFile(ctx, filesOf(e, h.Generation), func(f fileRecord) error {
			out[f.Path] = f.FileState
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutRepo implements indexer.Sink, for the zero tree.
func (s *Store) PutRepo(ctx context.Context, r indexer.RepoState) error {
	return s.putRepo(ctx, indexer.Tree{}, r)
}

func (s *Store) putRepo(ctx context.Context, t indexer.Tree, r indexer.RepoState) error {
	return s.write(ctx, "write the repository's state", false, func(tx *transaction) error {
		e, err := tx.open(ctx, t)
		if err != nil {
			return err
		}
		tx.next.Trees = slices.Clone(tx.next.Trees)
		at := slices.IndexFunc(tx.next.Trees, func(x treeEntry) bool { return x.ID == e.ID })
		tx.next.Languages, r.Languages = r.Languages, nil
		tx.next.Trees[at].State = r
		return s.sweep(ctx, tx.head)
	})
}

// Repo implements indexer.Manifest, for the zero tree.
func (s *Store) Repo(ctx context.Context) (indexer.RepoState, error) {
	return s.repo(ctx, indexer.Tree{})
}

func (s *Store) repo(ctx context.Context, t indexer.Tree) (indexer.RepoState, error) {
	h, err := s.readHead(ctx)
	e, _ := h.tree(t)
	return h.state(e), s.explain(ctx, err, "read the repository's state")
}
