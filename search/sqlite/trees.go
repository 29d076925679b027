package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// This file defines the trees of an index, and what the index of one tree is. Their reading side is in scope.go.

// Trees implements search.Forest.
func (s *Store) Trees(ctx context.Context) ([]indexer.TreeState, error) {
	out := []indexer.TreeState{}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		languages, err := s.languages(ctx, tx)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var t indexer.TreeState
			var body string
			if err := rows.Scan(&t.Repo, &t.Branch, &t.Rev, &body, &t.Files, &t.Chunks); err != nil {
				return err
			}
			var err error
			t.State, err = s.decodeState(body)
			t.State.Languages = languages
			out = append(out, t)
			return err
		}, `SELECT t.repo, t.branch, t.rev, t.body, count(f.id), coalesce(sum(f.chunks), 0) FROM trees t
			LEFT JOIN members m ON m.tree_id = t.id LEFT JOIN files f ON f.id = m.file_id
			GROUP BY t.id `+treeOrder)
	})
	return out, s.explain(ctx, err, "list trees")
}

// treeOrder puts work trees first.
const treeOrder = "ORDER BY t.branch <> '' OR t.rev <> '', t.repo, t.branch, t.rev"

// treeID returns the number of a tree, 0 where the index does not have it.
func treeID(ctx context.Context, q querier, t indexer.Tree) (int64, error) {
	return idOf(q.QueryRowContext(ctx, "SELECT id FROM trees WHERE repo = ? AND branch = ? AND rev = ?", t.Repo, t.Branch, t.Rev))
}

// makeTree returns the number of a tree, and makes it where need be.
func makeTree(ctx context.Context, tx *sql.Tx, t indexer.Tree) (int64, error) {
	if err := t.Validate(); err != nil {
		return 0, err
	}
	id, err := treeID(ctx, tx, t)
	if id != 0 || err != nil {
		return id, err
	}
	result, err := tx.ExecContext(ctx, "INSERT INTO trees (repo, branch, rev, body) VALUES (?, ?, ?, '')", t.Repo, t.Branch, t.Rev)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// Tree implements search.Forest.
func (s *Store) Tree(t indexer.Tree) indexer.Store {
	return &tree{scope: scope{Store: s, trees: []indexer.Tree{t}}, name: t}
}

// tree is the index of one tree.
type tree struct {
	scope
	name indexer.Tree
}

var (
	_ indexer.Store   = (*tree)(nil)
	_ indexer.Sharing = (*tree)(nil)
	_ indexer.Sharing = (*Store)(nil)
	_ search.Forest   = (*Store)(nil)
)

// PutFiles implements indexer.Sink.
func (t *tree) PutFiles(ctx context.Context, chunker string, files []indexer.File) error {
	return t.putFiles(ctx, t.name, chunker, files)
}

// RemoveFiles implements indexer.Sink.
func (t *tree) RemoveFiles(ctx context.Context, paths []string) error {
	return t.removeFiles(ctx, t.name, paths)
}

// TouchFiles implements indexer.Sink.
func (t *tree) TouchFiles(ctx context.Context, stats map[string]indexer.Stat) error {
	return t.touchFiles(ctx, t.name, stats)
}

// PutRepo implements indexer.Sink.
func (t *tree) PutRepo(ctx context.Context, r indexer.RepoState) error {
	return t.putRepo(ctx, t.name, r)
}

// Shared implements indexer.Sharing.
func (t *tree) Shared(ctx context.Context, chunker string) (map[indexer.FileVersion]indexer.FileState, error) {
	return t.shared(ctx, t.name, chunker)
}

// ShareFiles implements indexer.Sharing.
func (t *tree) ShareFiles(ctx context.Context, chunker string, files []indexer.FileState) error {
	return t.shareFiles(ctx, t.name, chunker, files)
}

// Shared implements indexer.Sharing, for the zero tree.
func (s *Store) Shared(ctx context.Context, chunker string) (map[indexer.FileVersion]indexer.FileState, error) {
	return s.shared(ctx, indexer.Tree{}, chunker)
}

// ShareFiles implements indexer.Sharing, for the zero tree.
func (s *Store) ShareFiles(ctx context.Context, chunker string, files []indexer.FileState) error {
	return s.shareFiles(ctx, indexer.Tree{}, chunker, files)
}

func (s *Store) shared(ctx context.Context, t indexer.Tree, chunker string) (map[indexer.FileVersion]indexer.FileState, error) {
	out := map[indexer.FileVersion]indexer.FileState{}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		own, err := treeID(ctx, tx, t)
		if err != nil {
			return err
		}
		var others bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM trees WHERE id <> ?)", own).Scan(&others); err != nil || !others {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var f indexer.FileState
			err := rows.Scan(&f.Path, &f.Blob, &f.Language, &f.Chunks)
			out[indexer.FileVersion{Path: f.Path, Blob: f.Blob}] = f
			return err
		}, `SELECT path, blob, language, chunks FROM files f WHERE chunker = ?1 AND blob <> ''
			AND EXISTS (SELECT 1 FROM members m WHERE m.file_id = f.id AND m.tree_id <> ?2)`, chunker, own)
	})
	if err != nil {
		return nil, s.explain(ctx, err, "list shared files")
	}
	return out, nil
}

func (s *Store) shareFiles(ctx context.Context, t indexer.Tree, chunker string, files []indexer.FileState) error {
	if len(files) == 0 {
		return ctx.Err()
	}
	return s.write(ctx, "share files", true, func(tx *sql.Tx, _ int64) error {
		id, err := makeTree(ctx, tx, t)
		if err != nil {
			return err
		}
		v, err := newVersioner(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			same, err := v.find(f.Path, f.Blob, f.Language, chunker)
			if err != nil {
				return err
			}
			if same == 0 {
				return fault.New(fault.Conflict, "%s is not in another tree of the index any more", f.Path).
					WithHint("run `loradex index` again")
			}
			if err := v.move(f.Path, same, f.Stat); err != nil {
				return err
			}
		}
		return nil
	})
}

// Languages implements indexer.Sharing.
func (s *Store) Languages(ctx context.Context) ([]string, error) {
	out := []string{}
	err := each(ctx, s.readers, func(rows *sql.Rows) error {
		var language string
		err := rows.Scan(&language)
		out = append(out, language)
		return err
	}, "SELECT DISTINCT language FROM files")
	slices.Sort(out)
	return out, s.explain(ctx, err, "list languages")
}
