package repobench_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/evaluation/repobench"
	"loradex/indexer/chunk"
	"loradex/indexer/indexertest"
	"loradex/indexer/mine"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

var nouns = strings.Fields("anchor bridge candle desert engine forest garden harbor island jacket kettle ladder magnet needle orange " +
	"pencil quarry rocket saddle temple umbrella violin wagon yogurt zipper acorn blanket cactus dolphin emerald falcon granite")

// files makes a repository of documented functions that have little in common.
func files(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		w := func(k int) string { return nouns[(i*(2*k+1)+k*k+k)%len(nouns)] }
		out[fmt.Sprintf("pkg%d/%s.go", i%3, w(0))] = fmt.Sprintf("package p\n\n// Open%d turns the %s of every %s into a %s.\nfunc Open%d(%s int) int {\n"+
			"\t%s := %d\n\tfor %s < %s {\n\t\t%s(%s, %q)\n\t}\n\treturn %s\n}\n", i, w(1), w(2), w(3), i, w(4), w(5), i, w(5), w(4), w(6), w(7), w(8), w(5))
	}
	return out
}

func build(t *testing.T, files map[string]string, o repobench.Options) (*repobench.Benchmark, error) {
	t.Helper()
	if !chunk.Available() {
		t.Skip("this build cannot parse code")
	}
	pairs, err := mine.Mine(t.Context(), &indexertest.Source{Files: files}, nil, mine.Options{
		Template: "body", Kinds: []mine.Kind{"doc"}, DevShare: 0.2, TestShare: 0.3,
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.Name == "" {
		o.Name = "shop"
	}
	return repobench.Build(t.Context(), pairs, o)
}

func TestBuildAndWrite(t *testing.T) {
	all := files(32)
	all["plain.go"] = "package p\n\nfunc First(a int) int {\n\tb := a\n\tc := b\n\treturn b + c\n}\n\nfunc Second(x string) {\n\tprintln(x)\n\tprintln(x, x)\n\tprintln(x, 7)\n}\n"
	b, err := build(t, all, repobench.Options{Kinds: []mine.Kind{"doc"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "bench")
	if err := b.Write(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	total, owner := 0, map[string]string{}
	for _, split := range []string{"train", "dev", "test"} {
		ds, err := dataset.Open(dir, dataset.Split(split))
		if err != nil {
			t.Fatal(err)
		}
		// The whole repository: 32 files of one answer, and one of two chunks that answer nothing.
		if len(ds.Docs) != 34 || ds.Docs[0].Language != "go" {
			t.Errorf("%s has %d documents of %q", split, len(ds.Docs), ds.Docs[0].Language)
		}
		total += len(ds.Queries)
		for i, q := range ds.Queries {
			doc := ds.Docs[ds.Judgements[i][0].Doc]
			if strings.Contains(doc.Text, "//") || !strings.Contains(doc.Text, "func Open") || !strings.HasPrefix(q.Text, "turns the ") {
				t.Errorf("%s: %q is answered by\n%s", q.ID, q.Text, doc.Text)
			}
			file, _, _ := strings.Cut(doc.ID, ":")
			if was := owner[file]; was != "" && was != split {
				t.Errorf("%s is in %s and %s", file, was, split)
			}
			owner[file] = split
		}
	}
	r := b.Report
	if total != 32 || r.Queries.Count != 32 || r.Documents.Count != 34 || r.Queries.Splits[dataset.Test] < 5 || r.Queries.Kinds["doc"] != 32 {
		t.Errorf("%d queries; %+v", total, r)
	}
	var about repobench.Report
	text, err := os.ReadFile(filepath.Join(dir, "dataset.json"))
	if err != nil || json.Unmarshal(text, &about) != nil || about.Digest != r.Digest || len(about.Digest) != 64 || about.Repo != "shop" || len(about.Rules) == 0 {
		t.Errorf("%v: %s", err, text)
	}
	again, err := build(t, all, repobench.Options{Kinds: []mine.Kind{"doc"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(t.Context(), filepath.Join(t.TempDir(), "b"), false); err != nil || again.Report.Digest != r.Digest {
		t.Errorf("the same repository gives another benchmark: %v", err)
	}
}

func TestLeftOut(t *testing.T) {
	all := files(32)
	// Two functions that differ in one number, two comments that differ in one word, and a comment that stands, as part of
	// other words, in its own code.
	body := ""
	for i := range 20 {
		body += fmt.Sprintf("\tsteps[%d] = %s\n", i, nouns[i])
	}
	all["dup/a.go"] = "package p\n\n// Warm sets the oven to a heat for bread\nfunc Warm() {\n" + body + "}\n"
	all["dup/b.go"] = "package p\n\n// Cold sends the fridge below zero degrees\nfunc Warm() {\n" + strings.Replace(body, "[7]", "[8]", 1) + "}\n"
	const long = "counts all the lions that were ever seen by anybody in the whole of the wide world, whether they were asleep or awake or only dreaming of gazelles"
	all["near/a.go"] = "package p\n\n// Tally " + long + " today.\nfunc Tally() {\n\talpha(1)\n\tbeta(2)\n\tgamma(3)\n}\n"
	all["near/b.go"] = "package p\n\n// Gather " + long + " now.\nfunc Gather() {\n\tdelta.x[4] = 9\n\tfor {\n\t\tepsilon()\n\t}\n}\n"
	// The two files are in different splits. Another comment is the same in both; a third file has two that are nearly so.
	for file, body := range map[string]string{"a": "\tomicron(1)\n\tpi[2] = rho\n\tsigma++\n", "b": "\tfor tau {\n\t\tupsilon <- 1\n\t}\n\tphi()\n"} {
		all["near/"+file+".go"] += "\n// Whisper tells the horses in the stable to run home before the rain\nfunc Whisper" + file + "() {\n" + body + "}\n"
	}
	const deep = "digs through all the layers of old and heavy clay that lie below the river until there is nothing but bright sand under every one of our boots"
	all["near/c.go"] = "package p\n\n// Digs " + deep + " today.\nfunc Digs() {\n\tchi(1)\n\tpsi.omega[2]--\n\tgo theta()\n}\n\n// Delve " + deep + " now.\nfunc Delve() {\n\tlambda.mu = 5\n\tif nu {\n\t\txi()\n\t}\n}\n"
	all["leak/a.go"] = "package p\n\n// Fold squeezes water out of stones\nfunc Fold() {\n\tlog(\"unsqueezes   Water out of stonesy\")\n\tzeta[1]++\n\tomega = 7\n}\n"
	all["a b%/c.go"] = "package p\n\n// Odd lives in a folder with a blank\nfunc Odd() {\n\tx.y.z()\n\tfor range 77 {\n\t\tkappa <- 3\n\t}\n}\n"
	b, err := build(t, all, repobench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := b.Report
	if r.Documents.LeftOut[repobench.LeftNearDocument] != 1 {
		t.Errorf("documents left out: %v", r.Documents.LeftOut)
	}
	for why, want := range map[string]int{repobench.LeftNearDocument: 1, repobench.LeftNearQuery: 3, repobench.LeftElsewhere: 1, repobench.LeftVerbatim: 1} {
		if r.Queries.LeftOut[why] != want {
			t.Errorf("%d queries are left out as %s, want %d: %v", r.Queries.LeftOut[why], why, want, r.Queries.LeftOut)
		}
	}
	dir := filepath.Join(t.TempDir(), "bench")
	if err := b.Write(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	queries, err := os.ReadFile(filepath.Join(dir, "queries.jsonl"))
	if err != nil || !strings.Contains(string(queries), `"doc:a%20b%25/c.go:1"`) || strings.Contains(string(queries), "wide world") || strings.Contains(string(queries), "horses") || strings.Count(string(queries), "heavy clay") != 1 {
		t.Errorf("%v\n%s", err, queries)
	}
	// The query that is left has the answers of both.
	answers := 0
	for _, split := range []string{"train", "dev", "test"} {
		judged, err := os.ReadFile(filepath.Join(dir, "qrels", split+".tsv")) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		answers += strings.Count(string(judged), "\tnear/c.go:")
	}
	if answers != 2 {
		t.Errorf("%d answers in near/c.go, want 2", answers)
	}
}

func TestBuildErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		o     repobench.Options
		want  fault.Code
	}{
		"no code":      {map[string]string{"a.txt": "nothing"}, repobench.Options{}, fault.NotFound},
		"too few":      {files(19), repobench.Options{}, fault.Invalid},
		"as many":      {files(20), repobench.Options{}, ""},
		"fewer do":     {files(8), repobench.Options{MinQueries: 5}, ""},
		"wrong number": {files(8), repobench.Options{MinQueries: -5}, fault.Invalid},
	} {
		if _, err := build(t, tt.files, tt.o); fault.CodeOf(err) != tt.want && (err != nil || tt.want != "") {
			t.Errorf("%s: %v", name, err)
		} else if err != nil && tt.o.MinQueries == 0 && fault.HintOf(err) == "" {
			t.Errorf("%s: no hint", name)
		}
	}
	if !chunk.Available() {
		return
	}
	source := &indexertest.Source{Files: map[string]string{"a.go": "package p\n\nfunc joinSortedLists() {\n\ta(1)\n\tb(2)\n\tc(3)\n}\n"}}
	pairs, err := mine.Mine(t.Context(), source, nil, mine.Options{Template: "body", DevShare: -1, TestShare: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repobench.Build(t.Context(), pairs, repobench.Options{Name: "x"}); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "made up") {
		t.Errorf("weak pairs: %v", err)
	}
	if _, err := repobench.Build(t.Context(), pairs, repobench.Options{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no name: %v", err)
	}
}

func TestWriteReplaces(t *testing.T) {
	b, err := build(t, files(24), repobench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	dir, foreign := filepath.Join(parent, "bench"), filepath.Join(parent, "mine")
	if err := os.Mkdir(foreign, 0o755); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, step := range []struct {
		name, dir string
		ctx       context.Context //nolint:containedctx // a table of calls
		replace   bool
		want      fault.Code
	}{
		{"stopped", dir, canceled, false, fault.Canceled},
		{"new", dir, t.Context(), false, ""},
		{"again", dir, t.Context(), false, fault.Conflict},
		{"stopped again", dir, canceled, true, fault.Canceled},
		{"replaced", dir, t.Context(), true, ""},
		{"new, though replacing", filepath.Join(parent, "other") + "/", t.Context(), true, ""},
		{"somebody else's", foreign, t.Context(), true, fault.Conflict},
		{"no parent", filepath.Join(parent, "no", "where"), t.Context(), false, fault.Unavailable},
	} {
		err := b.Write(step.ctx, step.dir, step.replace)
		if (err == nil) != (step.want == "") || err != nil && fault.CodeOf(err) != step.want {
			t.Errorf("%s: %v, want %q", step.name, err, step.want)
		}
		if step.name == "stopped" {
			if _, err := os.Lstat(dir); err == nil {
				t.Error("a stopped write left a folder")
			}
		}
	}
	var names []string
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, []string{"bench", "mine", "other"}) {
		t.Errorf("left behind: %v", names)
	}
	if _, err := dataset.Open(dir, "test"); err != nil {
		t.Error(err)
	}
}
