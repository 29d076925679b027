package model

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"loradex/internal/fault"
)

// CopyFrame copies what makes the folder a model besides its weights (configuration, tokenizer, pooling) to dir, which
// must exist, and returns the folder below it that weights belong into. A model with other weights is made of it.
func (m *Model) CopyFrame(dir string) (weights string, err error) {
	rel, err := filepath.Rel(m.Dir, m.transformer)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fault.New(fault.Internal, "%s does not lie in %s", m.transformer, m.Dir)
	}
	// Over os.DirFS, so that a link to the model's folder is followed.
	err = fs.WalkDir(os.DirFS(m.Dir), ".", func(sub string, d fs.DirEntry, err error) error {
		if err != nil {
			return fault.Wrap(fault.Unavailable, err, "%s: cannot be read", m.Dir)
		}
		name := d.Name()
		if sub != "." && strings.HasPrefix(name, ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(name); d.IsDir() || ext != ".json" && ext != ".txt" || strings.HasSuffix(name, ".index.json") {
			return nil // an index names shards of the old weights
		}
		data, found, err := readFile(filepath.Join(m.Dir, sub), maxTextFile)
		if err != nil || !found {
			return err
		}
		to := filepath.Join(dir, sub)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // as other model folders
			return fault.Wrap(fault.Unavailable, err, "%s cannot be made", filepath.Dir(to))
		}
		if err := os.WriteFile(to, data, 0o644); err != nil { //nolint:gosec // as other model folders
			return fault.Wrap(fault.Unavailable, err, "%s cannot be written", to)
		}
		return nil
	})
	return filepath.Join(dir, rel), err
}
