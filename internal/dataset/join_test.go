package dataset_test

import (
	"strings"
	"testing"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

func small(name string, docs ...string) *dataset.Dataset {
	ds := &dataset.Dataset{Name: name, Split: "dev"}
	for i, d := range docs {
		ds.Docs = append(ds.Docs, dataset.Text{ID: d, Text: name + " " + d})
		ds.Queries = append(ds.Queries, dataset.Text{ID: "q" + d, Text: "?"})
		ds.Judgements = append(ds.Judgements, []dataset.Judgement{{Doc: int32(i), Grade: 1}}) //nolint:gosec // small
	}
	return ds
}

// TestJoin: ids get their set's name, stay sorted so that they can be looked up, and judgements follow their documents.
func TestJoin(t *testing.T) {
	// "a-b" sorts before "a/": the order of the joined ids is that of name and slash, not of names.
	a, ab, c := small("a", "1", "2"), small("a-b", "1"), small("c", "9")
	joined, err := dataset.Join([]*dataset.Dataset{c, a, ab})
	if err != nil {
		t.Fatal(err)
	}
	if len(joined.Docs) != 4 || len(joined.Queries) != 4 || joined.Split != "dev" {
		t.Fatalf("%+v", joined)
	}
	for i, q := range joined.Queries {
		doc := joined.Docs[joined.Judgements[i][0].Doc]
		set, id, _ := strings.Cut(q.ID, "/q") // "a/q1": the question of document 1
		if doc.ID != set+"/"+id {
			t.Errorf("%s is answered by %s", q.ID, doc.ID)
		}
		if at, ok := joined.QueryIndex(q.ID); !ok || int(at) != i {
			t.Errorf("%s is not found", q.ID)
		}
		if _, ok := joined.DocIndex(doc.ID); !ok {
			t.Errorf("%s is not found", doc.ID)
		}
	}
	if a.Docs[0].ID != "1" || a.Judgements[1][0].Doc != 1 {
		t.Error("joining changed a set")
	}
	if one, err := dataset.Join([]*dataset.Dataset{a}); err != nil || one != a {
		t.Errorf("one set: %v, %v", one, err)
	}
	for _, sets := range [][]*dataset.Dataset{nil, {a, small("a", "5")}} {
		if _, err := dataset.Join(sets); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%d sets: %v", len(sets), err)
		}
	}
}
