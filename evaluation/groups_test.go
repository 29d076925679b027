package evaluation_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"loradex/evaluation"
	"loradex/evaluation/cosine"
	"loradex/evaluation/page"
	"loradex/internal/dataset"
)

// fruit is a data set of four queries, each with one relevant document of the same number; groups and languages as given.
func fruit(groups, languages []string) *dataset.Dataset {
	ds := &dataset.Dataset{Name: "fruit", Split: "test", Digest: strings.Repeat("ab", 32)}
	for i := range 4 {
		ds.Docs = append(ds.Docs, dataset.Text{ID: fmt.Sprint("d", i), Language: languages[i]})
		ds.Queries = append(ds.Queries, dataset.Text{ID: fmt.Sprint("q", i), Group: groups[i]})
		ds.Judgements = append(ds.Judgements, []dataset.Judgement{{Doc: int32(i), Grade: 1}})
	}
	return ds
}

// ranked answers query i with its document at a rank; 0 leaves it out.
func ranked(ranks ...int) []cosine.Result {
	out := make([]cosine.Result, len(ranks))
	for i, rank := range ranks {
		for r := 1; r < rank; r++ {
			out[i].Hits = append(out[i].Hits, cosine.Hit{Doc: int32((i + r) % 4)})
		}
		if rank > 0 {
			out[i].Hits = append(out[i].Hits, cosine.Hit{Doc: int32(i)})
		}
	}
	return out
}

func TestGroups(t *testing.T) {
	none := []string{"", "", "", ""}
	for _, tt := range []struct {
		name              string
		groups, languages []string
		by                string
		rows              string // group queries mrr@10, in order
		macro             float64
	}{
		{"one language", none, []string{"go", "go", "go", "go"}, "", "", 0},
		{"nothing known", none, none, "", "", 0},
		{"languages", none, []string{"go", "go", "go", "java"}, "language", "go 3 0.6667 java 1 0.0000", 1.0 / 3},
		{"a language is not known", none, []string{"go", "go", "go", ""}, "language", "go 3 0.6667 none 1 0.0000", 1.0 / 3},
		{"groups before languages", []string{"short", "long", "", "long"}, []string{"go", "go", "go", "java"}, "group", "long 2 0.2500 none 1 0.5000 short 1 1.0000", 1.75 / 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// Reciprocal ranks 1, 1/2, 1/2, 0.
			r, _, err := evaluation.RunRankings(t.Context(), ranked(1, 2, 2, 0), fruit(tt.groups, tt.languages), evaluation.Options{Metrics: []string{"mrr@10"}})
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for _, g := range r.Groups {
				rows = append(rows, fmt.Sprintf("%s %d %.4f", g.Group, g.Queries, g.Metrics["mrr@10"]))
				if ci := g.CI95["mrr@10"]; ci[0] > g.Metrics["mrr@10"] || ci[1] < g.Metrics["mrr@10"] {
					t.Errorf("%s: interval %v", g.Group, ci)
				}
			}
			if got := strings.Join(rows, " "); got != tt.rows || r.GroupedBy != tt.by || math.Abs(r.Macro["mrr@10"]-tt.macro) > 1e-12 {
				t.Errorf("by %q: %s, mean %g; want %q: %s, %g", r.GroupedBy, got, r.Macro["mrr@10"], tt.by, tt.rows, tt.macro)
			}
			var b bytes.Buffer
			if err := page.WriteReport(&b, r); err != nil {
				t.Fatal(err)
			}
			if shown := strings.Contains(b.String(), "mean of groups"); shown != (tt.by != "") {
				t.Errorf("table: %s", b.String())
			}
		})
	}
}

func TestLanguagesOfOneQuery(t *testing.T) {
	ds := fruit([]string{"", "", "", ""}, []string{"go", "java", "go", "go"})
	ds.Judgements[0] = []dataset.Judgement{{Doc: 0, Grade: 1}, {Doc: 1, Grade: 1}}
	ds.Judgements[2] = []dataset.Judgement{{Doc: 1, Grade: 0}, {Doc: 2, Grade: 1}} // what is not relevant does not count
	r, _, err := evaluation.RunRankings(t.Context(), ranked(1, 1, 1, 1), ds, evaluation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, g := range r.Groups {
		got += fmt.Sprintf("%s %d ", g.Group, g.Queries)
	}
	if got != "go 2 java 1 several 1 " {
		t.Errorf("groups %s", got)
	}
}
