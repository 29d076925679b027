package compare_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/evaluation"
	"loradex/evaluation/compare"
	"loradex/evaluation/runfile"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

var update = flag.Bool("update", false, "write the golden file anew")

// runs holds evaluations that the program made; testdata/gen.sh makes them again.
const runs = "testdata/runs"

func build(t *testing.T, o compare.SummaryOptions, dirs ...string) *compare.Summary {
	t.Helper()
	found, err := compare.Find(t.Context(), dirs, o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := compare.Summarize(t.Context(), found, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGolden pins the whole document over real evaluations.
func TestGolden(t *testing.T) {
	s := build(t, compare.SummaryOptions{
		InDomain: map[string][]string{"godoc": {}, "rough": {"elsewhere"}},
		Data: func(name, split string) (*dataset.Dataset, error) {
			return dataset.Open(filepath.Join("..", "testdata", name), dataset.Split(split))
		},
	}, runs)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(s); err != nil {
		t.Fatal(err)
	}
	const path = "testdata/summary.json"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the summary differs from %s; if it should, run with -update and look at the difference\n%s", path, &b)
	}
}

// TestAgainstCompare checks that each difference is that of `eval compare`.
func TestAgainstCompare(t *testing.T) {
	s := build(t, compare.SummaryOptions{}, runs)
	open := func(split, name string) *evaluation.Saved {
		saved, err := evaluation.OpenSaved(filepath.Join(runs, split, name))
		if err != nil {
			t.Fatal(err)
		}
		return saved
	}
	checked := 0
	for _, r := range s.Results {
		folder := map[string]string{"godoc on queries": "godoc", "rough": "rough", "lexical": "words"}[r.System]
		if folder == "" {
			continue
		}
		want, err := compare.Two(open(r.Split, "base"), open(r.Split, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range want.Metrics {
			got := r.Metric(m.Metric)
			if got == nil {
				continue
			}
			checked++
			if d := got.Difference; math.Abs(d.Mean-m.Mean) > 1e-12 || d.CI95 != m.CI95 || d.P != m.P || d.Wins != m.Wins || d.Losses != m.Losses {
				t.Errorf("%s %s %s: %+v, compare says %+v", r.Split, r.System, m.Metric, d, m)
			}
		}
		if !slices.Equal(r.Flips, want.Flips) {
			t.Errorf("%s %s: flips %v, compare says %v", r.Split, r.System, r.Flips, want.Flips)
		}
	}
	if checked != 2*3*3 {
		t.Errorf("%d differences were checked", checked)
	}
}

// save writes an evaluation whose queries have the given ranks of their first answer.
func save(t *testing.T, dir string, r evaluation.Report, first ...int) string {
	t.Helper()
	var queries []runfile.QueryResult
	sum := 0.0
	for i, f := range first {
		v := 0.0
		if f > 0 && f <= 10 {
			v = 1 / float64(f)
		}
		sum += v
		queries = append(queries, runfile.QueryResult{Query: string(rune('a' + i)), Relevant: 1, First: f, Metrics: map[string]float64{"mrr@10": v}})
	}
	if r.Adapter == "" {
		r.Adapter, r.DocAdapter = "none", "none"
	}
	if r.Split == "" {
		r.Split = "test"
	}
	r.Model, r.Queries = r.Model+"m", len(first)
	r.Corpus += 100
	if r.Metrics == nil {
		r.Metrics = map[string]float64{"mrr@10": sum / float64(len(first))}
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	if err := runfile.WritePerQuery(&lines, queries); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{evaluation.ReportFile: text, evaluation.PerQueryFile: lines.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func base(set string) evaluation.Report { return evaluation.Report{Dataset: set} }

func adapted(set, mix string) evaluation.Report {
	return evaluation.Report{Dataset: set, Adapter: mix, DocAdapter: mix}
}

// TestByHand checks averages, preservation, ranks and the correction against numbers worked out by hand.
func TestByHand(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "1"), base("home"), 2, 2, 2, 2)           // 0.5
	save(t, filepath.Join(dir, "2"), adapted("home", "go"), 1, 1, 1, 2)  // 0.875
	save(t, filepath.Join(dir, "3"), base("far"), 1, 1, 2, 4)            // 0.6875
	save(t, filepath.Join(dir, "4"), adapted("far", "go"), 2, 1, 200, 4) // 0.4375
	save(t, filepath.Join(dir, "5"), base("near"), 2, 2)                 // 0.5
	save(t, filepath.Join(dir, "6"), adapted("near", "go"), 1, 1)        // 1
	save(t, filepath.Join(dir, "7"), base("void"), 0, 0)                 // 0
	save(t, filepath.Join(dir, "8"), adapted("void", "go"), 20, 0)       // 0
	save(t, filepath.Join(dir, "9"), adapted("alone", "go"), 1)          // the base did not run on it
	s := build(t, compare.SummaryOptions{Metrics: []string{"mrr@10"}, InDomain: map[string][]string{"go": {"home"}}}, dir)

	near := func(got, want float64) bool { return math.Abs(got-want) < 1e-12 }
	if len(s.Systems) != 2 || s.Reference != "base" || s.Systems[1].Name != "go" || len(s.Sets) != 5 || len(s.Results) != 9 {
		t.Fatalf("%d systems, reference %q, %d sets, %d results", len(s.Systems), s.Reference, len(s.Sets), len(s.Results))
	}
	avg := s.Averages[1]
	want := (0.875 + 0.4375 + 1 + 0) / 4
	if m := avg.Metrics[0]; m.Sets != 4 || !near(m.Mean, want) || !near(m.Reference, (0.5+0.6875+0.5)/4) || !near(m.Difference, want-1.6875/4) {
		t.Errorf("average %+v", avg)
	}
	// sd²/n by set: home d = .5 .5 .5 0 -> 1/16/4; far d = -.5 0 -.5 0 -> 1/12/4; near and void do not vary.
	half := 1.959963984540054 * math.Sqrt(1.0/64+1.0/48) / 4
	if m := avg.Metrics[0]; !near(m.CI95[1]-m.Difference, half) || !near(m.Difference-m.CI95[0], half) {
		t.Errorf("interval %v, want ± %g", m.CI95, half)
	}
	p := s.Preservation[0]
	if !near(p.Score, (0.4375/0.6875+1)/2) || len(p.Sets) != 2 || p.Sets[0].Kept >= 1 || p.Sets[1].Kept != 1 ||
		!slices.Equal(p.InDomain, []string{"home"}) || !slices.Equal(p.Omitted, []string{"void"}) {
		t.Errorf("preservation %+v", p)
	}
	byID := map[string]*compare.Result{}
	for i := range s.Results {
		byID[s.Results[i].Set+" "+s.Results[i].System] = &s.Results[i]
	}
	far := byID["far go"]
	if far.Ranks != (compare.Ranks{First: 1, Third: 1, Tenth: 1, Beyond: 1}) || !slices.Equal(far.Flips, []compare.Flip{{K: 1, Lost: 1}, {K: 10, Lost: 1}}) {
		t.Errorf("far: ranks %+v, flips %+v", far.Ranks, far.Flips)
	}
	if len(far.Losses) != 2 || far.Losses[0].Change() != "1 → 2" || far.Losses[1].Change() != "2 → 200" || len(far.Gains) != 0 {
		t.Errorf("far: losses %+v, gains %+v", far.Losses, far.Gains)
	}
	// p by hand: home 2 of 8 sign patterns as extreme, far 2 of 4, near 2 of 4, void 1. Holm over four sets.
	for set, wantP := range map[string][2]float64{"home": {0.25, 1}, "far": {0.5, 1}, "near": {0.5, 1}, "void": {1, 1}} {
		d := byID[set+" go"].Metric("mrr@10").Difference
		if d.P != wantP[0] || d.Holm != wantP[1] || d.Significant() {
			t.Errorf("%s: p %g, corrected %g", set, d.P, d.Holm)
		}
	}
	if m := byID["alone go"].Metric("mrr@10"); m.Difference != nil || byID["alone go"].Flips != nil {
		t.Errorf("a set without the reference has a difference: %+v", m)
	}
	if d := byID["home go"].Metric("mrr@10").Difference; d.Detectable == nil || !near(*d.Detectable, (1.959963984540054+0.8416212335729143)*0.125) {
		t.Errorf("detectable %v", d.Detectable)
	}
}

// TestHolm has enough queries for p values that survive the correction, and one that does not.
func TestHolm(t *testing.T) {
	dir := t.TempDir()
	ten := func(better int) (before, after []int) {
		for i := range 10 {
			before = append(before, 2)
			after = append(after, 2)
			if i < better {
				after[i] = 1
			}
		}
		return before, after
	}
	for set, better := range map[string]int{"clear": 10, "likely": 6} { // p = 2/2^10 and 2/2^6
		before, after := ten(better)
		save(t, filepath.Join(dir, set, "base"), base(set), before...)
		save(t, filepath.Join(dir, set, "go"), adapted(set, "go"), after...)
	}
	before, after := ten(0)
	after[0], after[1], after[2], after[3], after[4] = 1, 1, 1, 1, 1 // p = 2/2^5 = 0.0625
	save(t, filepath.Join(dir, "weak", "base"), base("weak"), before...)
	save(t, filepath.Join(dir, "weak", "go"), adapted("weak", "go"), after...)
	s := build(t, compare.SummaryOptions{Metrics: []string{"mrr@10"}}, dir)
	want := map[string]float64{"clear": 3.0 / 512, "likely": 2.0 / 32, "weak": 2.0 / 32}
	for _, r := range s.Results {
		if d := r.Metrics[0].Difference; d != nil && math.Abs(d.Holm-want[r.Set]) > 1e-12 {
			t.Errorf("%s: corrected p %g, want %g", r.Set, d.Holm, want[r.Set])
		}
	}
	if avg := s.Averages[1]; avg.Better != 1 || avg.Worse != 0 {
		t.Errorf("better on %d, worse on %d", avg.Better, avg.Worse)
	}
	if !slices.Equal(s.Unknown, []string{"go"}) || s.Preservation != nil {
		t.Errorf("a domain that nobody gave: unknown %v, preservation %v", s.Unknown, s.Preservation)
	}
}

// TestSystems checks names, the reference, and what counts as one system.
func TestSystems(t *testing.T) {
	dir := t.TempDir()
	with := func(r evaluation.Report, change func(*evaluation.Report)) evaluation.Report {
		change(&r)
		return r
	}
	for i, r := range []evaluation.Report{
		base("s"),
		adapted("s", "go"),
		with(base("s"), func(r *evaluation.Report) { r.Adapter, r.DocAdapter = "go", "none" }),
		with(base("s"), func(r *evaluation.Report) { r.Search = &evaluation.Search{Mode: "dense", Coverage: 1} }),
		with(base("s"), func(r *evaluation.Report) {
			r.Search = &evaluation.Search{Mode: "hybrid", Fusion: "ranks", Coverage: 0.5}
		}),
		with(base("s"), func(r *evaluation.Report) { r.Search = &evaluation.Search{Mode: "lexical"}; r.Model = "bm25" }),
		with(base("s"), func(r *evaluation.Report) {
			r.Search = &evaluation.Search{Mode: "dense", Coverage: 1, LanguageWise: map[string]adapters.Mix{"java": adapterstest.Mix("j"), "go": adapterstest.Mix("g*0.5")}}
		}),
		// Systems of others are called what they call themselves, and are no base.
		with(base("s"), func(r *evaluation.Report) { r.Model, r.System = "bm25s", evaluation.FromRunFile }),
		with(base("s"), func(r *evaluation.Report) { r.Model, r.System = "ada", "https://api.test/v1" }),
		with(base("s"), func(r *evaluation.Report) { r.Template = "words+body" }),
	} {
		save(t, filepath.Join(dir, "runs", string(rune('a'+i))), r, 1, 2)
	}
	want := []string{
		"base", "adam, by https://api.test/v1", "base, dense search", "base, documents as words+body", "base, hybrid search by ranks, 50 % of the vectors", "bm25sm", "go", "go on queries", "language-wise go+java, dense search", "lexical",
	}
	s := build(t, compare.SummaryOptions{}, filepath.Join(dir, "runs"))
	var names []string
	for _, system := range s.Systems {
		names = append(names, system.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("systems %q", names)
	}
	s = build(t, compare.SummaryOptions{Reference: "go"}, filepath.Join(dir, "runs"))
	if s.Reference != "go" || s.Systems[0].Name != "go" {
		t.Errorf("reference %q, first %q", s.Reference, s.Systems[0].Name)
	}
	// A second model makes two bases: somebody has to say which one is the reference.
	save(t, filepath.Join(dir, "runs", "other"), evaluation.Report{Dataset: "s", Model: "second-"}, 1, 2)
	found, err := compare.Find(t.Context(), []string{dir}, compare.SummaryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = compare.Summarize(t.Context(), found, compare.SummaryOptions{}); fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "second-m: base") {
		t.Errorf("two bases: %v, hint %s", err, fault.HintOf(err))
	}
	if _, err = compare.Summarize(t.Context(), found, compare.SummaryOptions{Reference: "nobody"}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown reference: %v", err)
	}
}

// TestTruncations: what was cut elsewhere is another system.
func TestTruncations(t *testing.T) {
	dir := t.TempDir()
	long, short := base("s"), base("s")
	long.MaxTokens, short.MaxTokens = 256, 32
	save(t, filepath.Join(dir, "a"), long, 1, 2)
	save(t, filepath.Join(dir, "b"), short, 1, 3)
	windows := long
	windows.Truncation = "mean:128/64"
	save(t, filepath.Join(dir, "c"), windows, 1, 3)
	s := build(t, compare.SummaryOptions{Reference: "base, at most 256 tokens"}, dir)
	if len(s.Systems) != 3 || s.Systems[1].Name != "base, at most 256 tokens, long texts by mean:128/64" || s.Systems[2].Name != "base, at most 32 tokens" {
		t.Errorf("systems %+v", s.Systems)
	}
}

// TestChanged names a system whose adapter was trained anew between two evaluations.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	for i, digest := range []string{"one", "", "two"} {
		set := string(rune('a' + i))
		save(t, filepath.Join(dir, set, "base"), base(set), 2, 2)
		for _, mix := range []string{"go", "java"} {
			r := adapted(set, mix)
			if r.Digests.Model = "m"; mix == "go" {
				r.Digests.Adapter = digest
			}
			save(t, filepath.Join(dir, set, mix), r, 1, 1)
		}
	}
	if s := build(t, compare.SummaryOptions{}, dir); !slices.Equal(s.Changed, []string{"go"}) {
		t.Errorf("changed: %v", s.Changed)
	}
}

// TestGroups: a mean that does not move hides one group that rises and one that falls.
func TestGroups(t *testing.T) {
	dir := t.TempDir()
	grouped := func(name string, r evaluation.Report, first ...int) {
		r.GroupedBy = "language"
		path := filepath.Join(save(t, filepath.Join(dir, name), r, first...), evaluation.PerQueryFile)
		file, err := os.Open(path) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		queries, err := runfile.ReadPerQuery(file, path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range queries {
			queries[i].Group = []string{"go", "java"}[i%2]
		}
		var b bytes.Buffer
		if err := runfile.WritePerQuery(&b, queries); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	grouped("base", base("s"), 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)
	grouped("mix", adapted("s", "mix"), 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2)
	s := build(t, compare.SummaryOptions{}, dir)
	r := s.Results[1]
	if m := r.Metric("mrr@10"); m.Difference.Mean != 0 || s.Sets[0].GroupedBy != "language" || len(r.Groups) != 2 {
		t.Fatalf("difference %+v, groups %+v", m.Difference, r.Groups)
	}
	for i, want := range []struct {
		group string
		mean  float64
		diff  float64
	}{{"go", 1, 0.5}, {"java", 0.5, -0.5}} {
		g := r.Groups[i]
		m := g.Metrics[0]
		// All six move alike: p = 2/2^6, twice that with two groups.
		if g.Group != want.group || g.Queries != 6 || m.Mean != want.mean || math.Abs(m.Difference.Mean-want.diff) > 1e-12 || m.Difference.P != 2.0/64 || m.Difference.Holm != 4.0/64 {
			t.Errorf("%s: %+v, difference %+v", g.Group, m, m.Difference)
		}
	}
	if d := s.Results[0].Groups[0].Metrics[0].Difference; d != nil {
		t.Errorf("the reference differs from itself: %+v", d)
	}
}

func TestRefuses(t *testing.T) {
	both := func(a, b evaluation.Report, first ...int) func(*testing.T) (string, compare.SummaryOptions) {
		return func(t *testing.T) (string, compare.SummaryOptions) {
			dir := t.TempDir()
			save(t, filepath.Join(dir, "a"), a, 1, 2)
			save(t, filepath.Join(dir, "b"), b, first...)
			return dir, compare.SummaryOptions{}
		}
	}
	bigger, wrong, none := adapted("s", "go"), base("s"), base("s")
	bigger.Corpus = 1
	wrong.Metrics = map[string]float64{"mrr@10": 0.9}
	none.Metrics = map[string]float64{"map": 0.9}
	for name, c := range map[string]struct {
		make  func(*testing.T) (string, compare.SummaryOptions)
		code  fault.Code
		words string
	}{
		"same system twice": {both(base("s"), base("s"), 1, 2), fault.Invalid, "same system"},
		"other queries":     {both(base("s"), adapted("s", "go"), 1, 2, 3), fault.Invalid, "queries differ"},
		"other corpus":      {both(base("s"), bigger, 1, 2), fault.Invalid, "size"},
		"other mean":        {both(base("s"), wrong, 1, 2), fault.Corrupt, "0.900000"},
		"no such metric":    {both(base("s"), none, 1, 2), fault.Invalid, "has no mrr@10"},
		"nothing there":     {func(t *testing.T) (string, compare.SummaryOptions) { return t.TempDir(), compare.SummaryOptions{} }, fault.NotFound, "no evaluation"},
		"no folder":         {func(*testing.T) (string, compare.SummaryOptions) { return "testdata/none", compare.SummaryOptions{} }, fault.NotFound, "testdata/none"},
		"metric twice": {func(*testing.T) (string, compare.SummaryOptions) {
			return runs, compare.SummaryOptions{Metrics: []string{"map", "map"}}
		}, fault.Invalid, "twice"},
		"unknown metric": {func(*testing.T) (string, compare.SummaryOptions) {
			return runs, compare.SummaryOptions{Metrics: []string{"speed"}}
		}, fault.Invalid, "speed"},
		"hits": {func(*testing.T) (string, compare.SummaryOptions) { return runs, compare.SummaryOptions{Hits: -1} }, fault.Invalid, "hits"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, o := c.make(t)
			found, err := compare.Find(t.Context(), []string{dir}, o)
			if err == nil {
				_, err = compare.Summarize(t.Context(), found, o)
			}
			if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v (%s), want %s with %q", err, fault.CodeOf(err), c.code, c.words)
			}
		})
	}
}

// TestFind checks where evaluations are looked for.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "a"), base("s"), 1)
	save(t, filepath.Join(dir, ".hidden"), base("s"), 1)
	save(t, filepath.Join(dir, filepath.FromSlash("1/2/3/4/5/6/7/8")), base("deep"), 1)
	save(t, filepath.Join(dir, filepath.FromSlash("1/2/3/4/5/6/7/8/9")), base("deeper"), 1)
	found, err := compare.Find(t.Context(), []string{dir, filepath.Join(dir, "a")}, compare.SummaryOptions{})
	if err != nil || len(found) != 2 || found[0].Report.Dataset != "deep" || found[1].Report.Dataset != "s" {
		t.Errorf("found %v, %v", found, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compare.Find(ctx, []string{dir}, compare.SummaryOptions{}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
}
