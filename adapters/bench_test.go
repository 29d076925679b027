package adapters_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
)

// benchLibrary holds n adapters of MiniLM's size (query and value, r 16, 0.6 MB). They are links to one file, so
// that the disk is not the measure.
func benchLibrary(b *testing.B, n int) *adapters.Library {
	b.Helper()
	dir := b.TempDir()
	first := adapterstest.Write(b, filepath.Join(dir, "a0"), adapterstest.Spec{
		Sites: adapterstest.BERT(6, 384, 1536), Targets: []string{"query", "value"}, Rank: 16, Seed: 1,
	})
	old := time.Now().Add(-time.Hour)
	for i := range n {
		to := filepath.Join(dir, fmt.Sprintf("a%d", i))
		if err := os.MkdirAll(to, 0o755); err != nil {
			b.Fatal(err)
		}
		for _, f := range []string{"adapter_config.json", "adapter_model.safetensors"} {
			if i == 0 {
				if err := os.Chtimes(filepath.Join(to, f), old, old); err != nil {
					b.Fatal(err)
				}
				continue
			}
			if err := os.Link(filepath.Join(first, f), filepath.Join(to, f)); err != nil {
				b.Fatal(err)
			}
		}
	}
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{Cache: benchCache(dir)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := lib.Close(); err != nil {
			b.Error(err)
		}
	})
	return lib
}

// benchCache is the folder of summaries beside a library.
func benchCache(dir string) string { return dir + "-cache" }

// BenchmarkGet is the cost of one adapter of one row, when it is open already.
func BenchmarkGet(b *testing.B) {
	lib := benchLibrary(b, 4)
	for i := 0; b.Loop(); i++ {
		a, err := lib.Get(b.Context(), fmt.Sprintf("a%d", i%4))
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad is the cost of the first use: headers, hash, check of every number.
func BenchmarkLoad(b *testing.B) {
	dir := filepath.Join(benchLibrary(b, 1).Dir(), "a0")
	for b.Loop() {
		a, err := adapters.Load(dir)
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkList1000 lists 1,000 adapters that were hashed before, from a library that was just opened. It reports
// the heap that a library of 1,000 holds on to.
func BenchmarkList1000(b *testing.B) {
	warm := benchLibrary(b, 1000)
	if _, err := warm.List(b.Context()); err != nil {
		b.Fatal(err)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var kept uint64
	for b.Loop() {
		before := heap()
		lib, err := adapters.OpenLibrary(warm.Dir(), adapters.LibraryOptions{Cache: benchCache(warm.Dir())})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := lib.List(b.Context()); err != nil {
			b.Fatal(err)
		}
		kept = max(heap(), before) - before
		if err := lib.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(kept)/1000, "heap-B/adapter")
}
