// Command reindextable measures what indexing again costs after changes, and prints a table for docs/results.md.
//
//	go run ./scripts/reindextable -loradex bin/loradex [-files 5000] [-keep DIR]
//
// It copies real files of source code (the Go standard library and the module cache) into a repository of its own,
// indexes it, changes files, switches branches, and reads the reports of `loradex index --json`. Files are short ones,
// up to -bytes each: what is measured is the cost of a change, and encoding 5,000 long files first takes an hour.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := bench{ctx: ctx}
	flag.StringVar(&b.program, "loradex", "bin/loradex", "the program")
	flag.IntVar(&b.files, "files", 5000, "files of the repository")
	flag.IntVar(&b.bytes, "bytes", 2500, "the longest file that is copied")
	flag.IntVar(&b.repeat, "repeat", 3, "runs of each case; the one of median time is shown")
	keep := flag.String("keep", "", "folder in which the repository and its first index stay for the next time (default a temporary one)")
	flag.Parse()
	if err := b.try(*keep); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "reindextable:", err)
		os.Exit(1) //nolint:gocritic // what is deferred was done
	}
}

// failure ends a measurement: what goes wrong in a table for people is told, and no more can be done.
type failure struct{ error }

func check(err error) {
	if err != nil {
		panic(failure{err})
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

// try runs the measurement, and turns its failure into an error.
func (b *bench) try(keep string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = f
		}
	}()
	b.run(keep)
	return nil
}

// bench is one measurement.
type bench struct {
	ctx                  context.Context //nolint:containedctx // lives as long as the program
	program              string
	files, bytes, repeat int
	dir                  string
	paths                []string // of the repository
	edits                int      // so that no two changes are equal
}

// report is what is read of `loradex index --json`.
type report struct {
	Files struct {
		Seen, Indexed, Unchanged, Removed int
	}
	Chunks struct {
		Total, Encoded, Cached, Removed int
	}
	Seconds struct {
		Scan, Chunk, Encode, Store, Total float64
	}
	wall float64 // of the process
}

func (b *bench) run(keep string) {
	b.program = must(filepath.Abs(b.program))
	if keep == "" {
		keep = must(os.MkdirTemp("", "loradex-reindex-*"))
		defer os.RemoveAll(keep) //nolint:errcheck // temporary
	}
	b.dir = filepath.Join(keep, fmt.Sprintf("repository-%d", b.files))
	b.prepare()
	fmt.Println("| case | files indexed | chunks | encoded | scan | cut | encode | store | total | process |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
	if first := b.index(); first.Files.Unchanged == 0 { // else the index was kept
		first.print("the first time")
	}
	for _, n := range []int{0, 1, 10, 100} {
		b.changes(n)
	}
	b.branches()
}

// changes measures runs after n files have changed: each gets a new function at its end.
func (b *bench) changes(n int) {
	var all []*report
	for range b.repeat {
		b.edit(n)
		all = append(all, b.index())
	}
	middle(all).print(fmt.Sprintf("changed: %d", n))
	b.git("commit", "-q", "-a", "--allow-empty", "-m", fmt.Sprintf("%d files", n))
}

// branches measures a branch that changes 50 files: seen for the first time, then back and forth.
func (b *bench) branches() {
	branch := fmt.Sprintf("other-%d", time.Now().Unix())
	b.git("checkout", "-q", "-b", branch)
	b.edit(50)
	b.git("commit", "-q", "-a", "-m", "branch")
	b.index().print("on a new branch with 50 files changed")
	var back, again []*report
	for range b.repeat {
		b.git("checkout", "-q", "main")
		back = append(back, b.index())
		b.git("checkout", "-q", branch)
		again = append(again, b.index())
	}
	middle(back).print("back on main")
	middle(again).print("on the branch again")
	for _, r := range slices.Concat(back, again) {
		if r.Chunks.Encoded > 0 {
			check(fmt.Errorf("switching branches encoded %d chunks that were seen before", r.Chunks.Encoded))
		}
	}
	b.git("checkout", "-q", "main")
}

// middle returns the report of median time.
func middle(all []*report) *report {
	slices.SortFunc(all, func(a, b *report) int { return cmp.Compare(a.Seconds.Total, b.Seconds.Total) })
	return all[len(all)/2]
}

func (r *report) print(name string) {
	s := r.Seconds
	fmt.Printf("| %s | %d | %d | %d | %.2f s | %.2f s | %.2f s | %.2f s | %.2f s | %.2f s |\n", name, r.Files.Indexed, r.Chunks.Total,
		r.Chunks.Encoded, s.Scan, s.Chunk, s.Encode, s.Store, s.Total, r.wall)
}

// index runs the program over the repository.
func (b *bench) index() *report {
	start := time.Now()
	cmd := exec.CommandContext(b.ctx, b.program, "index", b.dir, "--json", "--quiet") //nolint:gosec // the user's own program
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		check(fmt.Errorf("loradex index: %w\n%s", err, out))
	}
	r := &report{wall: time.Since(start).Seconds()}
	check(json.Unmarshal(out, r))
	if r.Files.Seen < b.files {
		check(fmt.Errorf("index saw %d files, want %d", r.Files.Seen, b.files))
	}
	return r
}

// edit adds a function to n files, not the same ones each time. Generated files are passed over, as the indexer does.
func (b *bench) edit(n int) {
	for done := 0; done < n; {
		b.edits++
		path := filepath.Join(b.dir, b.paths[b.edits*37%len(b.paths)])
		text := must(os.ReadFile(path)) //nolint:gosec // a file of the repository
		if bytes.Contains(text, []byte("DO NOT EDIT")) {
			continue
		}
		text = fmt.Appendf(text, "\n// added%d returns a number that nothing else returns.\nfunc added%[1]d() int { return %[1]d }\n", time.Now().UnixNano()+int64(b.edits))
		check(os.WriteFile(path, text, 0o600))
		done++
	}
}

func (b *bench) git(args ...string) {
	cmd := exec.CommandContext(b.ctx, "git", append([]string{"-C", b.dir, "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"}, args...)...) //nolint:gosec // fixed words
	if out, err := cmd.CombinedOutput(); err != nil {
		check(fmt.Errorf("git %v: %w\n%s", args, err, out))
	}
}

// prepare makes the repository, unless it is kept, and lists its files.
func (b *bench) prepare() {
	if _, err := os.Stat(filepath.Join(b.dir, ".git", "HEAD")); err == nil {
		b.git("checkout", "-q", "-f", "main")
	} else {
		for i, from := range b.sources() {
			// A flat copy would be unlike a repository: folders of 20 files.
			to := filepath.Join(b.dir, fmt.Sprintf("part%d", i/400), fmt.Sprintf("package%d", i/20%20), fmt.Sprintf("f%d_%s", i, filepath.Base(from)))
			check(os.MkdirAll(filepath.Dir(to), 0o750))
			check(os.WriteFile(to, must(os.ReadFile(from)), 0o600)) //nolint:gosec // found below the Go installation
		}
		b.git("init", "-q", "-b", "main")
		b.git("add", "-A")
		b.git("commit", "-q", "-m", "copied")
	}
	check(filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir():
			b.paths = append(b.paths, must(filepath.Rel(b.dir, path)))
		}
		return nil
	}))
}

// sources returns as many Go files as the repository shall have, spread over what the installation holds.
func (b *bench) sources() []string {
	var all []string
	for _, root := range strings.Fields(string(must(exec.CommandContext(b.ctx, "go", "env", "GOROOT", "GOMODCACHE").Output()))) {
		check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.Contains(path, "testdata") {
				return err
			}
			info, err := d.Info()
			if err == nil && info.Mode().IsRegular() && info.Size() > 400 && info.Size() <= int64(b.bytes) {
				all = append(all, path)
			}
			return err
		}))
	}
	if len(all) < b.files {
		check(fmt.Errorf("the Go installation holds %d files of up to %d bytes, not %d; see -bytes and -files", len(all), b.bytes, b.files))
	}
	picked := make([]string, b.files)
	for i := range picked {
		picked[i] = all[i*len(all)/b.files]
	}
	return picked
}
