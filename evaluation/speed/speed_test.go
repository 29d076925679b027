package speed

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/indexer"
	"loradex/internal/fault"
)

func TestSampleOf(t *testing.T) {
	// The ranks of the interval are those of the binomial table: 2·P(X < k) ≤ 5 % for n fair coins.
	for n, want := range map[int]int{1: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 2, 11: 2, 12: 3, 20: 6, 100: 40} {
		if got := intervalRank(n); got != want {
			t.Errorf("of %d values the interval begins at the %dth, want %d", n, got, want)
		}
	}
	got := sampleOf([]float64{9, 1, 8, 2, 7, 3, 6, 4, 5})
	if want := (Sample{N: 9, Median: 5, Low: 2, High: 8, Min: 1, Max: 9}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := sampleOf([]float64{4, 1, 3, 2}); got.Median != 2.5 || got.Low != 1 || got.High != 4 {
		t.Errorf("%+v", got)
	}
	if got := sampleOf(nil); got != (Sample{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

// TestPairs: the order alternates, the first run of each does not count, and ratios are those of neighbors.
func TestPairs(t *testing.T) {
	var order strings.Builder
	round := 0.0
	a := func(context.Context) (float64, error) { order.WriteByte('a'); round++; return 2 * round, nil }
	b := func(context.Context) (float64, error) { order.WriteByte('b'); return round, nil }
	c, err := inPairs(t.Context(), 7, a, func(ctx context.Context) (float64, error) { s, err := b(ctx); return max(s, 1), err })
	if err != nil {
		t.Fatal(err)
	}
	if got := order.String(); got != "ab"+"abbaabbaabbaab" {
		t.Errorf("order %s", got)
	}
	// Where b ran first, a is a round further: 2·(2+1)/2 in the second pair.
	if c.Ratio.Min != 2 || c.Ratio.N != 7 || c.Ratio.Max != 3 {
		t.Errorf("%+v", c.Ratio)
	}
	if _, err := inPairs(t.Context(), 6, a, b); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("too few pairs: %v", err)
	}
	broken := errors.New("broken")
	if _, err := inPairs(t.Context(), 7, a, func(context.Context) (float64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("a run that fails: %v", err)
	}
}

// TestPeer talks to a peer that a shell plays.
func TestPeer(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	script := filepath.Join(t.TempDir(), "peer.sh")
	const text = `echo '{"ready":true,"peer":"shell"}'
while read -r line; do
  case "$line" in
    quit) exit 0 ;;
    "run 3") echo '{"seconds":1.5,"rows":3,"tokens":9}' ;;
    bad) echo 'no json' ;;
    die) exit 3 ;;
    *) echo "{\"error\":\"unknown $line\"}" ;;
  esac
done
`
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := StartPeer(t.Context(), "sh "+script, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if p.Ready["peer"] != "shell" {
		t.Errorf("ready line: %v", p.Ready)
	}
	if a, err := p.ask("run 3"); err != nil || a.Seconds != 1.5 || a.Rows != 3 || a.Tokens != 9 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := p.ask("frob"); err == nil || !strings.Contains(err.Error(), "unknown frob") {
		t.Errorf("an error of the peer: %v", err)
	}
	if _, err := p.ask("bad"); fault.CodeOf(err) != fault.Corrupt {
		t.Errorf("an answer that is no JSON: %v", err)
	}
	if _, err := p.ask("die"); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a peer that ends: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for _, command := range []string{"", "no-such-program-at-all", "true"} {
		if _, err := StartPeer(t.Context(), command, io.Discard); err == nil {
			t.Errorf("%q is a peer", command)
		}
	}
}

func TestChunks(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go": "package a\n\n// F does.\nfunc F() {}\n", "b/c.py": "def g():\n    return 1\n", "notes.bin": "\x00\x01",
		"testdata/x.go": "package x\n", ".hidden/y.go": "package y\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Chunks(t.Context(), dir, 1000); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("more than there are: %v", err)
	}
	got, err := Chunks(t.Context(), dir, 2)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	for _, c := range got {
		if strings.Contains(c.Path, "testdata") || strings.Contains(c.Path, "hidden") || c.Text != indexer.DefaultTemplate.Text(c.Path, &c.Chunk) {
			t.Errorf("%+v", c)
		}
	}
	again, err := Chunks(t.Context(), dir, 2)
	if err != nil || again[0].Text != got[0].Text || again[1].Text != got[1].Text {
		t.Errorf("another draw gives other chunks: %v", err)
	}
}

// TestWriteLibrary: what is written is what the library takes, and each adapter is another one.
func TestWriteLibrary(t *testing.T) {
	modules := []delta.Site{
		{Path: "encoder.layer.0.attention.self.query", In: 8, Out: 8},
		{Path: "encoder.layer.0.attention.self.key", In: 8, Out: 8},
		{Path: "encoder.layer.0.output.LayerNorm", In: 8, Out: 8, Kind: delta.Norm},
	}
	dir := t.TempDir()
	if err := writeLibrary(t.Context(), dir, 3, 2, modules, []string{"query"}, "m"); err != nil {
		t.Fatal(err)
	}
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	digests := map[string]bool{}
	for _, name := range []string{"r0", "r1", "r2"} {
		a, err := lib.Get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Check(modules); err != nil || a.Rank() != 2 || len(a.Updates) != 1 {
			t.Errorf("%s: rank %d, %d layers, %v", name, a.Rank(), len(a.Updates), err)
		}
		digests[a.Digest] = true
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(digests) != 3 {
		t.Errorf("%d different adapters of 3", len(digests))
	}
	if err := writeLibrary(t.Context(), dir, 3, 2, modules, []string{"nothing"}, "m"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no layers: %v", err)
	}
}

// TestEncoderFlops holds the count against one worked out by hand: one layer, h=2, i=4, one row of 3 tokens. The six
// products take 3·(4·2·2·2 + 2·2·2·4) = 192 operations, attention 2·2·2·3·3 = 72.
func TestEncoderFlops(t *testing.T) {
	c := arch.Config{HiddenSize: 2, Intermediate: 4, Layers: 1}
	if got := encoderFlops(c, []int{3}); got != 192+72 {
		t.Errorf("%g", got)
	}
	c.Layers = 5
	if got := encoderFlops(c, []int{3, 3}); math.Abs(got-10*(192+72)) > 1e-9 {
		t.Errorf("%g", got)
	}
}
