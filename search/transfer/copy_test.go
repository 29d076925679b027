package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/sqlite"
	"loradex/search/transfer"
)

// many is more files than are copied at a time.
const many = 150

func source() *indexertest.Source {
	src := &indexertest.Source{Rev: "abc", Files: map[string]string{}}
	for i := range many {
		src.Files[fmt.Sprintf("dir%d/file%d.go", i%7, i)] = fmt.Sprintf("package p\n\n// F%d does.\nfunc F%d() { same() }\n\nfunc same() {}\n", i, i%90)
	}
	return src
}

var rules = indexer.Options{Spaces: indexertest.Spaces("none", "other")}

func open(t *testing.T) sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func indexed(t *testing.T) sqlite.Store {
	t.Helper()
	s := open(t)
	enc := &indexertest.Encoder{}
	if _, err := indexer.Index(t.Context(), source(), search.In(s, indexer.Tree{}), enc, rules); err != nil {
		t.Fatal(err)
	}
	return s
}

// failing is a destination that fails after some calls that put files.
type failing struct {
	search.Backend
	left int
}

var errFull = errors.New("full")

func (f *failing) Change(ctx context.Context, tree indexer.Tree, c search.Change) error {
	if len(c.Put) > 0 {
		if f.left--; f.left < 0 {
			return errFull
		}
	}
	return f.Backend.Change(ctx, tree, c)
}

// same compares everything that two stores say.
func same(t *testing.T, a, b search.Backend) {
	t.Helper()
	ctx := t.Context()
	treeA, treeB := search.In(a, indexer.Tree{}), search.In(b, indexer.Tree{})
	filesA, errA := treeA.Files(ctx)
	filesB, errB := treeB.Files(ctx)
	if errA != nil || errB != nil || !reflect.DeepEqual(filesA, filesB) {
		t.Fatalf("files differ: %d and %d, %v, %v", len(filesA), len(filesB), errA, errB)
	}
	repoA, errA := treeA.Repo(ctx)
	repoB, errB := treeB.Repo(ctx)
	if errA != nil || errB != nil || !reflect.DeepEqual(repoA, repoB) {
		t.Errorf("state %+v and %+v, %v, %v", repoA, repoB, errA, errB)
	}
	for path := range filesA {
		atA, errA := a.At(ctx, nil, path, 0, 0)
		atB, errB := b.At(ctx, nil, path, 0, 0)
		if errA != nil || errB != nil || len(atA) != len(atB) || len(atA) == 0 {
			t.Fatalf("%s: %d and %d chunks, %v, %v", path, len(atA), len(atB), errA, errB)
		}
		for i := range atA {
			for _, plan := range rules.Spaces {
				id := rules.SpaceOf(plan.Space).ID
				va, errA := a.Vectors(ctx, id, []search.ID{atA[i].ID})
				vb, errB := b.Vectors(ctx, id, []search.ID{atB[i].ID})
				if errA != nil || errB != nil || !reflect.DeepEqual(va, vb) {
					t.Fatalf("%s, chunk %d: vectors differ (%v, %v)", path, i, errA, errB)
				}
			}
			atA[i].ID, atB[i].ID = 0, 0
		}
		if !reflect.DeepEqual(atA, atB) {
			t.Errorf("%s: %+v and %+v", path, atA, atB)
		}
	}
}

func TestCopy(t *testing.T) {
	from, to := indexed(t), open(t)
	var last, total int
	report, err := transfer.Copy(t.Context(), from, to, transfer.Options{Indexer: rules, Progress: func(d, n int) { last, total = d, n }})
	if err != nil {
		t.Fatal(err)
	}
	if report.Files != many || report.Copied != many || report.Vectors == 0 || last != many || total != many {
		t.Errorf("%+v, %d of %d", report, last, total)
	}
	same(t, from, to)
	// The next run of the indexer finds nothing to do.
	enc := &indexertest.Encoder{}
	r, err := indexer.Index(t.Context(), source(), search.In(to, indexer.Tree{}), enc, rules)
	if err != nil || len(enc.Texts) > 0 || r.Files.Unchanged != many || r.Coverage != 1 {
		t.Errorf("after the copy: %+v, %d encoded, %v", r, len(enc.Texts), err)
	}
}

func TestCopyGoesOn(t *testing.T) {
	from, to := indexed(t), open(t)
	o := transfer.Options{Indexer: rules}
	if _, err := transfer.Copy(t.Context(), from, &failing{to, 1}, o); !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	if state, err := search.In(to, indexer.Tree{}).Repo(t.Context()); err != nil || state.Time != 0 {
		t.Errorf("half a copy calls itself whole: %+v, %v", state, err)
	}
	report, err := transfer.Copy(t.Context(), from, to, o)
	if err != nil || report.Copied == 0 || report.Copied == many {
		t.Errorf("%+v, %v", report, err)
	}
	same(t, from, to)
}

func TestCopyRefuses(t *testing.T) {
	from := indexed(t)
	other := rules
	other.Template = "code"
	if _, err := transfer.Copy(t.Context(), from, open(t), transfer.Options{Indexer: other}); fault.CodeOf(err) != fault.Conflict ||
		!strings.Contains(fault.HintOf(err), "loradex index") {
		t.Errorf("other rules: %v", err)
	}
	full := open(t)
	strange := &indexertest.Source{Files: map[string]string{"strange.go": "package strange\n"}}
	if _, err := indexer.Index(t.Context(), strange, search.In(full, indexer.Tree{}), nil, indexer.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := transfer.Copy(t.Context(), from, full, transfer.Options{Indexer: rules}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("into another index: %v", err)
	}
	if files, err := search.In(full, indexer.Tree{}).Files(t.Context()); err != nil || len(files) != 1 {
		t.Errorf("the other index was changed: %v, %v", files, err)
	}
}
