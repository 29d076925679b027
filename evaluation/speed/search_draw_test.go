package speed

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"loradex/embed"
	"loradex/indexer"
)

// sink keeps what a fill stores, as any store would be given it.
type sink struct {
	indexer.Sink // what a fill must not call
	files        map[string]indexer.File
	vectors      map[string][]float32
	ended        bool
	stop         int // files after which storing fails
}

func newSink() *sink {
	return &sink{files: map[string]indexer.File{}, vectors: map[string][]float32{}, stop: math.MaxInt}
}

func (s *sink) PutSpace(context.Context, embed.Space, bool) error { return nil }

func (s *sink) PutFiles(_ context.Context, _ string, files []indexer.File) error {
	for _, f := range files {
		if err := f.Validate(); err != nil {
			return err
		}
		if len(s.files) >= s.stop {
			return context.Canceled
		}
		s.files[f.Path] = f
	}
	return nil
}

func (s *sink) PutVectors(_ context.Context, _ string, vectors []indexer.TextVector) error {
	for _, v := range vectors {
		s.vectors[v.Digest] = v.Vector
	}
	return nil
}

func (s *sink) PutRepo(context.Context, indexer.RepoState) error {
	s.ended = true
	return nil
}

// TestFillGoesOn: a fill that ended in the middle of a batch, and went on, stores what one without a break does.
func TestFillGoesOn(t *testing.T) {
	src := drawnSource(50, 24)
	d := drawerOf(t, src)
	quiet := func(int) {}
	whole, parts := newSink(), newSink()
	if err := d.fill(t.Context(), whole, 0, 5432, quiet); err != nil || !whole.ended {
		t.Fatal(err)
	}
	parts.stop = 250
	if err := d.fill(t.Context(), parts, 0, 5432, quiet); err == nil || parts.ended {
		t.Fatal("the sink's error is lost")
	}
	parts.stop = math.MaxInt
	if err := drawerOf(t, src).fill(t.Context(), parts, 10*len(parts.files), 5432, quiet); err != nil || !parts.ended {
		t.Fatal(err)
	}
	if len(whole.files) != 544 || len(parts.files) != len(whole.files) || len(whole.vectors) != 5432 || len(parts.vectors) != 5432 {
		t.Fatalf("%d and %d files, %d and %d vectors", len(whole.files), len(parts.files), len(whole.vectors), len(parts.vectors))
	}
	for path, f := range whole.files {
		if !slices.Equal(f.Texts, parts.files[path].Texts) {
			t.Fatalf("%s differs", path)
		}
	}
	for digest, v := range whole.vectors {
		if !slices.Equal(v, parts.vectors[digest]) {
			t.Fatalf("the vector of %s differs", digest)
		}
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		if math.Abs(square-1) > 1e-5 {
			t.Fatalf("length %v", math.Sqrt(square))
		}
	}
}

func TestCompare(t *testing.T) {
	c, err := drawerOf(t, drawnSource(300, 48)).compare(t.Context(), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	if c.Sample != 300 || c.Probes != 300 {
		t.Errorf("%+v", c)
	}
	for name, n := range map[string]Neighbours{"real": c.Real, "drawn": c.Drawn} {
		sum := 0.0
		for _, share := range n.First {
			sum += share
		}
		if math.Abs(sum-1) > 1e-9 || n.Median[0] < n.Median[1] || n.Median[1] <= 0 || n.Median[0] >= 1 {
			t.Errorf("%s: %+v", name, n)
		}
	}
	if text := c.String(); !strings.Contains(text, "10th drawn") || strings.Count(text, "\n") < 4 {
		t.Error(text)
	}
}
