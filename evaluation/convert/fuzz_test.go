package convert

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// FuzzRows reads files of every kind: whatever is in them, there is an error or there are records.
func FuzzRows(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "seed.parquet")
	type row struct {
		ID   string   `parquet:"_id"`
		List []string `parquet:"list,list"`
		N    float64  `parquet:"n"`
	}
	if err := parquet.WriteFile(path, []row{{"a", []string{"b", "c"}, 1}}); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(path) //nolint:gosec // our own
	if err != nil {
		f.Fatal(err)
	}
	f.Add(".parquet", seed)
	f.Add(".jsonl", []byte(`{"_id":"a","text":["b",1]}`))
	f.Add(".json", []byte(`[{"_id":1},{"label":1e5}]`))
	f.Add(".jsonl.gz", []byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		switch kind {
		case ".parquet", ".jsonl", ".json", ".jsonl.gz":
		default:
			return
		}
		file := filepath.Join(t.TempDir(), "f"+kind)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = eachRow(t.Context(), file, func(r Row) error { //nolint:errcheck // that it returns is what counts
			_ = r.text("_id", "text", "list")
			_, _ = r.number("label", "n")
			return nil
		})
	})
}
