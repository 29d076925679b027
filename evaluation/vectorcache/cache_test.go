package vectorcache_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/evaluation"
	"loradex/evaluation/vectorcache"
	"loradex/internal/fault"
)

func key(space, text string) evaluation.VectorKey {
	return evaluation.VectorKey{Space: space, Text: sha256.Sum256([]byte(text))}
}

func open(t testing.TB, dir string) *vectorcache.Cache {
	t.Helper()
	c, err := vectorcache.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, c *vectorcache.Cache, space, text string, v []float32) {
	t.Helper()
	if err := c.Put(t.Context(), key(space, text), v); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, c *vectorcache.Cache, space, text string) []float32 {
	t.Helper()
	v, ok, err := c.Get(t.Context(), key(space, text))
	if err != nil || ok != (v != nil) {
		t.Fatalf("%v, %v, %v", v, ok, err)
	}
	return v
}

func closed(t *testing.T, c *vectorcache.Cache) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCache: vectors come back bit by bit, in the same process, in the next one, and from several that wrote at once.
func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	a, b := open(t, dir), open(t, dir)
	want := map[string][]float32{}
	for i := range 100 {
		text := fmt.Sprint("text ", i)
		want[text] = []float32{float32(i), -0.5, 1e-30}
		put(t, []*vectorcache.Cache{a, b}[i%2], "space", text, want[text])
	}
	if got := get(t, a, "space", "text 4"); !slices.Equal(got, want["text 4"]) {
		t.Errorf("before it is written out: %v", got)
	}
	if get(t, a, "other", "text 4") != nil || get(t, a, "space", "text 400") != nil {
		t.Error("found what was never put there")
	}
	closed(t, a)
	closed(t, b)
	c := open(t, dir)
	defer closed(t, c)
	for text, v := range want {
		if got := get(t, c, "space", text); !slices.Equal(got, v) {
			t.Errorf("%s: %v, want %v", text, got, v)
		}
	}
	if err := c.Put(t.Context(), key("space", "new"), nil); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a vector of no dimensions: %v", err)
	}
	put(t, c, "space", "new", []float32{1, 2})
	if err := c.Put(t.Context(), key("space", "newer"), []float32{1, 2, 3}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("other dimensions: %v", err)
	}
}

// TestDamage: whatever happens to a file, vectors are right or absent, and the cache opens.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	put(t, c, "s", "a", []float32{1, 2, 3, 4})
	put(t, c, "s", "b", []float32{5, 6, 7, 8})
	closed(t, c)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.vectors"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(files[0], data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := open(t, dir)
		defer closed(t, c)
		for text, want := range map[string][]float32{"a": {1, 2, 3, 4}, "b": {5, 6, 7, 8}} {
			if got := get(t, c, "s", text); got != nil && !slices.Equal(got, want) {
				t.Errorf("%s: %s is %v", name, text, got)
			}
		}
	}
	for n := range whole {
		check(fmt.Sprint("cut to ", n), whole[:n])
		flipped := slices.Clone(whole)
		flipped[n] ^= 0x10
		check(fmt.Sprint("flipped at ", n), flipped)
	}
}

// FuzzFile: any file in the folder of a space opens, and gives nothing that was not put there.
func FuzzFile(f *testing.F) {
	f.Add([]byte("LXVC\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("LXVC\x01\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Add([]byte{})
	sum := sha256.Sum256([]byte("s"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		folder := filepath.Join(dir, fmt.Sprintf("%x", sum[:16]))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "x.vectors"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := open(t, dir)
		defer closed(t, c)
		if v := get(t, c, "s", "never put"); v != nil {
			t.Errorf("found %v", v)
		}
	})
}
