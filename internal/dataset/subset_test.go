package dataset_test

import (
	"reflect"
	"testing"

	"loradex/internal/dataset"
)

// mined is a data set as mining makes it: ids in no order, an answer before one that stands earlier, negatives.
func mined() *dataset.Dataset {
	return &dataset.Dataset{
		Docs:       []dataset.Text{{ID: "d"}, {ID: "a"}, {ID: "c"}, {ID: "b"}, {ID: "e"}},
		Queries:    []dataset.Text{{ID: "y"}, {ID: "x"}},
		Judgements: [][]dataset.Judgement{{{Doc: 2, Grade: 1}, {Doc: 0, Grade: 1}}, {{Doc: 3, Grade: 2}}},
		Negatives:  [][]int32{{1}, {4, 0}},
	}
}

// named writes judgements and negatives by id.
func named(d *dataset.Dataset) map[string][]string {
	out := map[string][]string{}
	for q, judged := range d.Judgements {
		for _, j := range judged {
			out[d.Queries[q].ID] = append(out[d.Queries[q].ID], d.Docs[j.Doc].ID)
		}
		for _, doc := range d.Negatives[q] {
			out[d.Queries[q].ID] = append(out[d.Queries[q].ID], "not "+d.Docs[doc].ID)
		}
	}
	return out
}

func TestSubset(t *testing.T) {
	d := mined()
	s := d.Subset(func(q int) bool { return q == 1 }, func(doc int) bool { return d.Docs[doc].ID == "a" })
	if want := map[string][]string{"x": {"b", "not e", "not d"}}; !reflect.DeepEqual(named(s), want) || len(s.Docs) != 4 {
		t.Errorf("%v of %v, want %v", named(s), s.Docs, want)
	}
	if all := d.Subset(func(int) bool { return true }, func(int) bool { return true }); !reflect.DeepEqual(all, d) {
		t.Errorf("%+v, want all of %+v", all, d)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
}

// TestByID: ids and judgements ascend, nothing else changes, and what is in order is not copied.
func TestByID(t *testing.T) {
	d := mined()
	s := d.ByID()
	for i, id := range []string{"a", "b", "c", "d", "e"} {
		if at, ok := s.DocIndex(id); !ok || int(at) != i {
			t.Errorf("%s is at %d, %v", id, at, ok)
		}
	}
	if want := map[string][]string{"x": {"b", "not e", "not d"}, "y": {"c", "d", "not a"}}; !reflect.DeepEqual(named(s), want) {
		t.Errorf("%v, want %v", named(s), want)
	}
	if s.ByID() != s {
		t.Error("what is in order was made again")
	}
	if !reflect.DeepEqual(d, mined()) {
		t.Error("the data set itself was changed")
	}
}
