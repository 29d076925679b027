package speed

// This file gathers real chunks of source code to measure with.

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-enry/go-enry/v2"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// text is a chunk with what is encoded for it.
type text struct {
	Path  string
	Chunk indexer.Chunk
	Text  string // the default template applied
}

// maxSource is the largest file that is read.
const maxSource = 1 << 20

// DefaultSource is the source of the Go standard library where the go command is installed, else the working folder.
func DefaultSource(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err == nil {
		src := filepath.Join(strings.TrimSpace(string(out)), "src")
		if info, err := os.Stat(src); err == nil && info.IsDir() {
			return src
		}
	}
	return "."
}

// Chunks cuts files of a folder, drawn at random with a fixed seed, until there are n chunks.
func Chunks(ctx context.Context, dir string, n int) ([]text, error) {
	paths, err := sources(dir)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // repeatable on purpose
	rng.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	var texts []text
	for _, rel := range paths {
		if len(texts) >= n {
			break
		}
		src, err := os.ReadFile(filepath.Join(dir, rel)) //nolint:gosec // a folder that the user named
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "reading %s", rel)
		}
		language := strings.ToLower(enry.GetLanguage(filepath.Base(rel), src))
		if !slices.Contains(chunk.Languages(), language) {
			continue
		}
		chunks, err := chunk.Split(ctx, language, src)
		if err != nil {
			return nil, err
		}
		slash := filepath.ToSlash(rel)
		for i := range chunks {
			texts = append(texts, text{Path: slash, Chunk: chunks[i], Text: indexer.DefaultTemplate.Text(slash, &chunks[i])})
		}
	}
	if len(texts) < n {
		return nil, fault.New(fault.Invalid, "%s holds %d chunks of source code, not %d", dir, len(texts), n).
			WithHint("name a larger folder with --source, or ask for fewer with --chunks")
	}
	return texts[:n], nil
}

// sources lists the files of a folder that may be source code, sorted. Hidden folders, test data and vendored code are
// left out.
func sources(dir string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == dir {
			return nil
		}
		name := d.Name()
		if d.IsDir() {
			if name[0] == '.' || name == "testdata" || name == "vendor" || name == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() > maxSource || enry.IsImage(name) || enry.IsVendor(name) {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil {
			paths = append(paths, rel)
		}
		return err
	})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "reading %s", dir)
	}
	return paths, nil
}
