package qdrant

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines the files of an index: how they come, change and go.

// PutFiles implements indexer.Sink.
func (s *Store) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
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
		p := putter{tx: tx, chunker: chunker}
		for i := range files {
			if latest[files[i].Path] == i {
				p.files = append(p.files, &files[i])
			}
		}
		return p.put(ctx)
	})
}

// RemoveFiles implements indexer.Sink.
func (s *Store) RemoveFiles(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "remove files", true, func(tx *transaction) error { return tx.end(ctx, paths) })
}

// end lets files and their chunks exist up to the present generation only.
func (tx *transaction) end(ctx context.Context, paths []string) error {
	to := map[string]*client.Value{fieldTo: client.NewValueInt(tx.at)}
	for part := range slices.Chunk(paths, namesAtOnce) {
		if err := tx.beat(ctx); err != nil {
			return err
		}
		// from: this call's own points stay.
		present := &client.Filter{Must: []*client.Condition{
			keywords(fieldPath, part), upTo(fieldFrom, tx.head.Generation), above(fieldTo, tx.head.Generation),
		}}
		if err := tx.s.everywhere(tx.head, func(collection string) error {
			return tx.s.setPayload(ctx, collection, present, to)
		}); err != nil {
			return err
		}
	}
	return nil
}

// TouchFiles implements indexer.Sink. A file gets a new point, as when it changes: several files are touched at once,
// or none.
func (s *Store) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	if len(stats) == 0 {
		return ctx.Err()
	}
	paths := make([]string, 0, len(stats))
	for path := range stats {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return s.write(ctx, "update files", true, func(tx *transaction) error {
		var points []*client.PointStruct
		for part := range slices.Chunk(paths, namesAtOnce) {
			present := filesAt(tx.head.Generation)
			present.Must = append(present.Must, keywords(fieldPath, part))
			l := listing{collection: s.main, filter: present, payload: client.NewWithPayload(true), page: pageSize}
			err := s.each(ctx, l, func(page []*client.RetrievedPoint) error {
				for _, p := range page {
					f, err := fileOf(p)
					if err != nil {
						return err
					}
					f.Stat = stats[f.Path]
					point, err := filePoint(f, tx.at)
					if err != nil {
						return err
					}
					points = append(points, point)
				}
				return nil
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

// filesAt selects the files of a generation.
func filesAt(generation int64) *client.Filter {
	return &client.Filter{Must: append(visible(generation), client.NewMatchKeyword(fieldType, typeFile))}
}

func filePoint(f indexer.FileState, at int64) (*client.PointStruct, error) {
	stat, err := json.Marshal(f.Stat)
	if err != nil {
		return nil, err
	}
	return &client.PointStruct{
		Id: pointID(typeFile, f.Path, strconv.FormatInt(at, 10)), Vectors: noVectors(),
		Payload: map[string]*client.Value{
			fieldType: client.NewValueString(typeFile), fieldPath: text(f.Path), fieldBlob: text(f.Blob),
			fieldLanguage: text(f.Language), fieldChunks: client.NewValueInt(int64(f.Chunks)),
			fieldStat: client.NewValueString(string(stat)), // JSON: an inode is a uint64, which payloads lack
			fieldFrom: client.NewValueInt(at), fieldTo: client.NewValueInt(live),
		},
	}, nil
}

func fileOf(p *client.RetrievedPoint) (indexer.FileState, error) {
	m := p.GetPayload()
	f := indexer.FileState{
		Path: textOf(m, fieldPath), Blob: textOf(m, fieldBlob), Language: textOf(m, fieldLanguage),
		Chunks: int(m[fieldChunks].GetIntegerValue()),
	}
	if err := json.Unmarshal([]byte(m[fieldStat].GetStringValue()), &f.Stat); err != nil {
		return f, fault.Wrap(fault.Corrupt, err, "the state of %s in Qdrant", f.Path).WithHint("run `loradex clean` and `loradex index`")
	}
	return f, nil
}

// Files implements indexer.Manifest.
func (s *Store) Files(ctx context.Context) (map[string]indexer.FileState, error) {
	var out map[string]indexer.FileState
	err := s.snapshot(ctx, "list files", func(h head) error {
		out = map[string]indexer.FileState{}
		l := listing{collection: s.main, filter: filesAt(h.Generation), payload: client.NewWithPayload(true), page: pageSize}
		return s.each(ctx, l, func(page []*client.RetrievedPoint) error {
			for _, p := range page {
				f, err := fileOf(p)
				if err != nil {
					return err
				}
				out[f.Path] = f
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutRepo implements indexer.Sink.
func (s *Store) PutRepo(ctx context.Context, r indexer.RepoState) error {
	return s.write(ctx, "write the repository's state", false, func(tx *transaction) error {
		tx.next.Repo = r
		return s.sweep(ctx, tx.head)
	})
}

// Repo implements indexer.Manifest.
func (s *Store) Repo(ctx context.Context) (indexer.RepoState, error) {
	h, err := s.readHead(ctx)
	return h.Repo, s.explain(ctx, err, "read the repository's state")
}
