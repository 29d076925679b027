package workspace

// This file keeps, beside an index, the list of files that searches compare with the disk.

import (
	"context"
	"path/filepath"
	"time"

	"loradex/indexer"
	"loradex/indexer/fresh"
	"loradex/indexer/gitrepo"
)

// listFile is where the list of a work tree's files lies in the folder of its index.
func listFile(dir string, t indexer.Tree) string {
	name := "files"
	if t.Repo != "" {
		name += "-" + indexer.FolderName(t.Repo)
	}
	return filepath.Join(dir, name+".list")
}

// listing is a source that remembers what was scanned.
type listing struct {
	indexer.Source
	onDisk  bool // it is the work tree, and no revision
	small   bool // it is like other work trees
	began   time.Time
	entries []indexer.Entry
}

// Scan implements indexer.Source.
func (s *listing) Scan(ctx context.Context, known map[string]indexer.FileState, progress func(found int)) (*indexer.Snapshot, error) {
	s.began = time.Now()
	snap, err := s.Source.Scan(ctx, known, progress)
	if err == nil {
		s.entries = snap.Entries
	}
	return snap, err
}

// maxRules bounds what is read of an ignore file.
const maxRules = 4 << 20

// save writes the list once the store has the files of the scan.
func (s *listing) save(ctx context.Context, store indexer.Manifest, file string, o indexer.Options) error {
	state, err := store.Repo(ctx)
	if err != nil || state.Time == 0 {
		return err
	}
	if !s.onDisk {
		return fresh.Revision(state.Time).Save(file)
	}
	held, err := store.Files(ctx)
	if err != nil {
		return err
	}
	files := make([]fresh.File, 0, len(held))
	for _, e := range s.entries {
		f, ok := held[e.Path]
		switch {
		case ok:
			files = append(files, fresh.File{Path: e.Path, Blob: f.Blob, Stat: f.Stat, Indexed: true})
		case e.Skip == "" && gitrepo.IsRules(e.Path):
			if content, err := e.Read(ctx, maxRules); err == nil { // its content tells whether it changed, however young it is
				files = append(files, fresh.File{Path: e.Path, Blob: indexer.BlobHash(content.Data), Stat: content.Stat})
			}
		case e.Skip == "" && o.Limit(e.Path, e.Marks) > 0:
			files = append(files, fresh.File{Path: e.Path, Stat: e.Stat}) // passed over for its content, which may change
		}
	}
	table := fresh.NewTable(files, s.began, state.Time)
	if s.small {
		return table.SaveSmall(file)
	}
	return table.Save(file)
}
