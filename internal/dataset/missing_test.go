package dataset_test

import (
	"slices"
	"strings"
	"testing"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// TestMissing: judgements of what is not there are left out and counted, and Whole refuses them.
func TestMissing(t *testing.T) {
	ds, err := dataset.Open(folder(t, corpus, queries, qrels+"q1\tzz\t1\nq3\tyy\t1\nq3\tzz\t0\nq9\ta\t1\n"), "test")
	if err != nil {
		t.Fatal(err)
	}
	if m := ds.Missing; m.Judgements != 4 || !slices.Equal(m.Documents, []string{"yy", "zz"}) || !slices.Equal(m.Queries, []string{"q9"}) {
		t.Errorf("%+v", m)
	}
	if len(ds.Queries) != 2 || ds.Unanswerable != 1 || !slices.Equal(ds.Judgements[0], []dataset.Judgement{{Doc: 0}, {Doc: 1, Grade: 2}}) {
		t.Errorf("queries %v, judgements %v, unanswerable %d", ds.Queries, ds.Judgements, ds.Unanswerable)
	}
	const words = "4 judgements name what is not there: 2 documents (yy, zz), 1 query (q9)"
	if err := ds.Whole(); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), words) {
		t.Errorf("%v", err)
	}
	one, err := dataset.Open(folder(t, corpus, queries, qrels), "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Whole(); err != nil {
		t.Errorf("a whole data set: %v", err)
	}
	one.Name, ds.Name = "one", "two"
	joined, err := dataset.Join([]*dataset.Dataset{ds, one})
	if err != nil || joined.Missing.Judgements != 4 || !slices.Equal(joined.Missing.Queries, []string{"two/q9"}) {
		t.Errorf("%+v %v", joined.Missing, err)
	}
	if part := ds.Subset(func(int) bool { return true }, func(int) bool { return false }); part.Missing.Judgements != 4 {
		t.Errorf("a part forgets %+v", part.Missing)
	}
	_, err = dataset.Open(folder(t, corpus, queries, "q1\tzz\t1\n"), "test")
	if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "1 judgement names what is not there: 1 document (zz)") {
		t.Errorf("nothing left: %v", err)
	}
}

// TestWithoutSelf: a query that is a document of the same id loses that document, as an answer, too.
func TestWithoutSelf(t *testing.T) {
	const asked = `{"_id":"a","text":"one"}` + "\n" + `{"_id":"b","text":"two"}` + "\n" + `{"_id":"q","text":"three"}`
	ds, err := dataset.Open(folder(t, corpus, asked, "a\ta\t1\na\tb\t1\nb\tb\t1\nq\t7\t1\n"), "test")
	if err != nil {
		t.Fatal(err)
	}
	own, err := ds.WithoutSelf()
	if err != nil {
		t.Fatal(err)
	}
	if ds.Selves() != 2 || ds.Self != nil || len(ds.Queries) != 3 {
		t.Errorf("the data set itself: %d of its own, %v", ds.Selves(), ds.Self)
	}
	if len(own.Queries) != 2 || own.Unanswerable != 1 || !slices.Equal(own.Self, []int32{1, -1}) || !slices.Equal(own.Judgements[0], []dataset.Judgement{{Doc: 2, Grade: 1}}) {
		t.Errorf("queries %v, self %v, judgements %v, unanswerable %d", own.Queries, own.Self, own.Judgements, own.Unanswerable)
	}
	part := own.Subset(func(q int) bool { return q == 0 }, func(int) bool { return false })
	if len(part.Docs) != 2 || !slices.Equal(part.Self, []int32{0}) {
		t.Errorf("a part has the documents %v and leaves out %v", part.Docs, part.Self)
	}
	ds.Queries, ds.Judgements = ds.Queries[1:2], ds.Judgements[1:2]
	if _, err := ds.WithoutSelf(); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no query left: %v", err)
	}
}

// TestByteOrderMarks: one at the beginning of any file changes nothing that is read.
func TestByteOrderMarks(t *testing.T) {
	const mark = "\ufeff"
	want, err := dataset.Open(folder(t, corpus, queries, qrels), "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, headless := range []string{qrels, strings.SplitN(qrels, "\n", 2)[1]} {
		got, err := dataset.Open(folder(t, mark+corpus, mark+queries, mark+headless), "test")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Docs, want.Docs) || !slices.Equal(got.Queries, want.Queries) || !slices.EqualFunc(got.Judgements, want.Judgements, slices.Equal) || !got.Missing.None() {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
