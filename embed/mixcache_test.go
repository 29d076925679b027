package embed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
)

// TestLRU drops what was used least, and tells whom it drops.
func TestLRU(t *testing.T) {
	var gone []int
	c := newLRU(10, func(v int) { gone = append(gone, v) })
	c.put("a", 1, 4)
	c.put("b", 2, 4)
	if _, ok := c.get("a"); !ok {
		t.Error("a is gone")
	}
	c.put("c", 3, 4)
	if _, ok := c.get("b"); ok || len(gone) != 1 || gone[0] != 2 || c.bytes != 8 {
		t.Errorf("gone %v, %d bytes", gone, c.bytes)
	}
	c.put("d", 4, 40) // alone too much, and the last one stays
	if v, ok := c.get("d"); !ok || v != 4 || len(gone) != 3 {
		t.Errorf("gone %v", gone)
	}
	if c.clear(); c.bytes != 0 || len(c.known) != 0 || len(gone) != 4 {
		t.Errorf("gone %v, %d bytes", gone, c.bytes)
	}
}

// TestKeptMixHoldsItsAdapters: the adapters of a mix stay mapped while the cache or a request has it, and no longer.
func TestKeptMixHoldsItsAdapters(t *testing.T) {
	dir := t.TempDir()
	adapterstest.Write(t, filepath.Join(dir, "go"), adapterstest.Spec{Sites: adapterstest.BERT(1, 64, 64)})
	mapped := func() bool {
		t.Helper()
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Skip("this system does not say what is mapped")
		}
		return strings.Contains(string(maps), dir)
	}
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	get := func() []adapters.Weighted {
		t.Helper()
		a, err := lib.Get(t.Context(), "go")
		if err != nil {
			t.Fatal(err)
		}
		return []adapters.Weighted{{Adapter: a, Weight: 1}}
	}
	c := newMixCache()
	first := c.keep("key", &mix{}, get())
	if again := c.keep("key", &mix{}, get()); again != first {
		t.Error("a mix is kept twice")
	}
	if c.use("other") != nil || c.use("key") != first {
		t.Error("a mix is not found by its key")
	}
	if err := lib.Close(); err != nil || !mapped() {
		t.Fatalf("%v; mapped %v", err, mapped())
	}
	if err := c.close(); err != nil || !mapped() {
		t.Errorf("%v; mapped %v while requests use it", err, mapped())
	}
	if err := c.release([]*keptMix{first, first}); err != nil || !mapped() {
		t.Errorf("%v; mapped %v while a request uses it", err, mapped())
	}
	if err := c.release([]*keptMix{first}); err != nil || mapped() {
		t.Errorf("%v; mapped %v when nobody uses it", err, mapped())
	}
}
