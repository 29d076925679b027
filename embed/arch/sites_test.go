package arch_test

import (
	"path/filepath"
	"testing"

	"loradex/adapters/adapterstest"
	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/model"
)

// TestSitesOfBERT holds the sites of a small model against the list that the tests of adapters use, which may not import this
// package, and looks at the points behind them.
func TestSitesOfBERT(t *testing.T) {
	m, err := model.Open(filepath.Join("..", "model", "testdata", "models", "bert-fp16"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	sites, err := arch.Sites(&m.Model)
	if err != nil {
		t.Fatal(err)
	}
	c := m.Config
	want := adapterstest.BERT(c.Layers, c.HiddenSize, c.Intermediate)
	for i, s := range sites[:len(want)] {
		if s.Path != want[i].Path || s.Kind != want[i].Kind || s.In != want[i].In || s.Out != want[i].Out || len(s.Bias) != s.Out {
			t.Errorf("site %+v, want %+v", s, want[i])
		}
	}
	points := sites[len(want):]
	if len(points) != 1+8*c.Layers || points[0].Path != "embeddings@state" {
		t.Errorf("points %v", points)
	}
	for _, s := range points {
		if s.Kind != delta.Point || s.In != c.HiddenSize || s.Out != c.HiddenSize || s.Bias != nil {
			t.Errorf("point %+v", s)
		}
	}
}
