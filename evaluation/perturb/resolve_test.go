package perturb_test

import (
	"go/parser"
	"go/token"
	"os"
	"slices"
	"testing"

	"loradex/evaluation/perturb"
	"loradex/internal/dataset"
)

// unresolved lists the names of a fragment of Go that it does not declare, by the resolver of Go's own parser.
func unresolved(text string) ([]string, bool) {
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package p\n"+text, 0)
	if err != nil {
		return nil, false
	}
	var names []string
	for _, ident := range file.Unresolved {
		names = append(names, ident.Name)
	}
	return names, true
}

// TestRenameResolves holds renamed Go against another parser: what a function takes from elsewhere, such as library calls,
// is the same before and after, in the same order. A variable that lost its declaration, or a package that got a new name,
// would show.
func TestRenameResolves(t *testing.T) {
	needGrammars(t)
	checked := 0
	for _, set := range []string{"csn_go", "humanevalx_go"} {
		dir := "../../../shared/data/" + set
		if _, err := os.Stat(dir); err != nil {
			t.Skip("the shared data sets are not here")
		}
		ds, err := dataset.Open(dir, "test")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range ds.Docs[:min(1500, len(ds.Docs))] {
			before, ok := unresolved(d.Text)
			r := document(t, perturb.Rename, "go", d.Text, perturb.Options{})
			if !ok || r.Outcome != perturb.Changed {
				continue
			}
			checked++
			if after, ok := unresolved(r.Text); !ok || !slices.Equal(before, after) {
				t.Errorf("%s takes %v from elsewhere, and did %v:\n%s\n%s", d.ID, after, before, d.Text, r.Text)
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d functions were checked", checked)
	}
}
