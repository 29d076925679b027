package chunk

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
)

// BenchmarkSplit cuts the golden source of each language, repeated to 30 kB or so.
func BenchmarkSplit(b *testing.B) {
	for _, g := range readGoldens(b) {
		src := make([]byte, 0, 40<<10)
		for len(src) < 30<<10 {
			src = append(src, g.source...)
		}
		b.Run(g.language, func(b *testing.B) { benchmark(b, []sourceFile{{language: g.language, source: string(src)}}) })
	}
}

// BenchmarkSplitReal cuts the sources of net and its subfolders in the Go distribution.
func BenchmarkSplitReal(b *testing.B) {
	files := realSources(b, filepath.Join(runtime.GOROOT(), "src", "net"), 0) //nolint:staticcheck // the toolchain that runs the test
	if len(files) == 0 {
		b.Skip("the Go distribution has no sources here")
	}
	benchmark(b, files)
}

func benchmark(b *testing.B, files []sourceFile) {
	b.Helper()
	bytes, lines := 0, 0
	sources := make([][]byte, len(files))
	for i, f := range files {
		sources[i] = []byte(f.source)
		bytes += len(f.source)
		lines += newLines(sources[i]).count()
	}
	b.SetBytes(int64(bytes))
	for b.Loop() {
		for i, f := range files {
			if _, err := Split(context.Background(), f.language, sources[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
