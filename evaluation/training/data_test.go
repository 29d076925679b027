package training

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// source has splits of so many queries, each answered by the document of its number, in languages in turns.
type source map[dataset.Split]int

func (s source) Split(_ context.Context, split dataset.Split) (*dataset.Dataset, error) {
	n, ok := s[split]
	if !ok {
		return nil, fault.New(fault.NotFound, "no split %s", split)
	}
	ds := &dataset.Dataset{}
	for i := range n {
		language := []string{"go", "python"}[i%2]
		ds.Docs = append(ds.Docs, dataset.Text{ID: fmt.Sprint(split, i), Text: fmt.Sprint("document ", i), Language: language})
		ds.Queries = append(ds.Queries, dataset.Text{ID: fmt.Sprint(split, i), Text: fmt.Sprint("query ", i)})
		ds.Judgements = append(ds.Judgements, []dataset.Judgement{{Doc: int32(i), Grade: 1}})
	}
	return ds, nil
}

// TestSplits: what is missing is held back from training, and no pair is on both sides.
func TestSplits(t *testing.T) {
	for _, tt := range []struct {
		name             string
		source           source
		limit            int
		train, dev, test int
		devIs, testIs    string
	}{
		{"all three", source{dataset.Train: 50, dataset.Dev: 7, dataset.Test: 9}, 0, 50, 7, 9, "dev", "test"},
		{"a limit", source{dataset.Train: 50, dataset.Dev: 7, dataset.Test: 9}, 20, 20, 7, 9, "dev", "test"},
		{"no dev", source{dataset.Train: 50, dataset.Test: 9}, 0, 45, 5, 9, "a tenth of train", "test"},
		{"no test", source{dataset.Train: 50, dataset.Dev: 7}, 0, 50, 7, 7, "dev", "dev"},
		{"train alone", source{dataset.Train: 50}, 0, 45, 5, 5, "a tenth of train", "a tenth of train"},
	} {
		s, err := Data{Source: tt.source}.read(t.Context(), tt.limit, 1)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if len(s.train.Queries) != tt.train || len(s.dev.Queries) != tt.dev || len(s.test.Queries) != tt.test || s.devIs != tt.devIs || s.testIs != tt.testIs {
			t.Errorf("%s: %d, %d, %d queries, dev is %s, test is %s", tt.name, len(s.train.Queries), len(s.dev.Queries), len(s.test.Queries), s.devIs, s.testIs)
		}
		for _, q := range s.dev.Queries {
			if slices.Contains(s.train.Queries, q) {
				t.Errorf("%s: %s is trained on, too", tt.name, q.ID)
			}
		}
	}
	if _, err := (Data{Name: "tiny", Source: source{dataset.Train: 1}}).read(t.Context(), 0, 1); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("one pair: %v", err)
	}
}

func TestOneLanguage(t *testing.T) {
	ds, err := OneLanguage{source{dataset.Train: 10}, "python"}.Split(t.Context(), dataset.Train)
	if err != nil || len(ds.Queries) != 5 || len(ds.Docs) != 5 {
		t.Fatalf("%+v, %v", ds, err)
	}
	for q := range ds.Queries {
		if a := ds.Answer(q); a.Language != "python" || a.ID != ds.Queries[q].ID {
			t.Errorf("%s is answered by %+v", ds.Queries[q].ID, a)
		}
	}
}
