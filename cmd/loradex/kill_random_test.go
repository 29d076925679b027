package main

// This file kills runs of `index` at moments of chance, again and again over one repository that changes meanwhile, and
// compares what comes of it with an index that nothing interrupted.

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loradex/indexer"
	"loradex/internal/home"
	"loradex/search"
	"loradex/search/sqlite"
)

var (
	kills    = flag.Int("kills", 3, "how many runs of `index` TestRandomKills kills, with vectors and without")
	killSeed = flag.Uint64("kill-seed", 0, "seed of TestRandomKills; the default is the time")
)

func TestRandomKills(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-kill-seed %d", seed)
	t.Run("words", func(t *testing.T) {
		p := newPlace(t)
		p.env["LORADEX_MODEL"] = "none"
		k := newKiller(t, p, seed, 240, []killKind{{"index", nil}, {"full", []string{"--full"}}})
		k.killMany(*kills)
		k.compare([]string{"index"})
	})
	t.Run("vectors", func(t *testing.T) {
		p := newPlace(t).withEncoder()
		p.withLanguageAdapter("qv_r4", "code-go", "go")
		p.withLanguageAdapter("all_r8", "code-python", "python")
		k := newKiller(t, p, seed, 60, []killKind{{"index", nil}, {"language-wise", []string{"--language-wise=code"}}, {"full", []string{"--full"}}})
		k.killMany(*kills)
		k.compare([]string{"index", "--language-wise=none"}, []string{"index", "--language-wise=code"})
	})
}

// killKind is a way to call `index`.
type killKind struct {
	name string
	args []string
}

// killer runs and kills `index` over one repository.
type killer struct {
	t       *testing.T
	p       *place
	rng     *rand.Rand
	dir     string
	program string
	files   []string
	version int
	kinds   []killKind
	whole   map[string]time.Duration // how long a run of a kind takes at most
	killed  map[string]int
	ended   int // runs that were done before
}

func newKiller(t *testing.T, p *place, seed uint64, files int, kinds []killKind) *killer {
	t.Helper()
	program, err := os.Executable()
	must(t, err)
	k := &killer{
		t: t, p: p, rng: rand.New(rand.NewPCG(seed, 1)), program: program, kinds: kinds,
		whole: map[string]time.Duration{}, killed: map[string]int{},
	}
	texts := map[string]string{}
	for range files {
		path, text := k.newFile()
		texts[path] = text
	}
	k.dir = repo(t, texts)
	// How long is a run that does everything? Kills are spread over that.
	for _, kind := range kinds {
		start := time.Now()
		out, err := k.command(kind.args...).CombinedOutput()
		if err != nil {
			t.Fatalf("index %v: %v\n%s", kind.args, err, out)
		}
		k.whole[kind.name] = time.Since(start)
	}
	p.ok("clean", k.dir)
	return k
}

// newFile makes a file of some chunks that no other has.
func (k *killer) newFile() (path, text string) {
	k.version++
	n := k.version
	var b strings.Builder
	switch n % 3 {
	case 0:
		path = fmt.Sprintf("py/part%d/mod%d.py", n%7, n)
		for i := range 1 + n%4 {
			fmt.Fprintf(&b, "def task_%d_%d(x):\n    \"\"\"Do task %d of module %d.\"\"\"\n%s    return x * %d\n\n\n", n, i, i, n,
				strings.Repeat("    x = step(x, "+itoa(n*i)+")\n", 14), n+i) // long enough for a chunk of its own
		}
	case 1:
		path = fmt.Sprintf("go/part%d/file%d.go", n%7, n)
		b.WriteString("package part\n")
		for i := range 1 + n%4 {
			fmt.Fprintf(&b, "\n// Work%dOf%d does the work of number %d.\nfunc Work%dOf%d(x int) int {\n%s\treturn x + %d\n}\n", i, n, i, i, n,
				strings.Repeat("\tx = step(x, "+itoa(n+i)+")\n", 14), n*i)
		}
	default:
		path = fmt.Sprintf("docs/page%d.md", n)
		fmt.Fprintf(&b, "# Page %d\n\nSome words about number %d.\n\n## More\n\nAnd others, %d of them.\n", n, n, n%9)
	}
	k.files = append(k.files, path)
	return path, b.String()
}

// edit changes the repository: files come, change, go and move; at times a commit is made.
func (k *killer) edit() {
	for range k.rng.IntN(6) {
		at := k.rng.IntN(len(k.files))
		path := k.files[at]
		full := filepath.Join(k.dir, filepath.FromSlash(path))
		switch k.rng.IntN(5) {
		case 0:
			name, text := k.newFile()
			write(k.t, k.dir, map[string]string{name: text})
		case 1:
			must(k.t, os.Remove(full))
			k.files = slices.Delete(k.files, at, at+1)
		case 2:
			moved := filepath.Dir(path) + "/moved" + itoa(k.version) + filepath.Base(path)
			k.version++
			must(k.t, os.Rename(full, filepath.Join(k.dir, filepath.FromSlash(moved))))
			k.files[at] = moved
		default:
			text, err := os.ReadFile(full)
			must(k.t, err)
			k.version++
			must(k.t, os.WriteFile(full, append(text, fmt.Sprintf("\n# changed %d\n", k.version)...), 0o600))
		}
	}
	if k.rng.IntN(3) == 0 {
		commitAll(k.t, k.dir)
	}
}

// command is the program as a process of its own.
func (k *killer) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(k.t.Context(), k.program, append([]string{"index", k.dir}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", home.EnvHome+"="+k.p.home)
	for key, value := range k.p.env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	return cmd
}

func (k *killer) killMany(n int) {
	k.t.Helper()
	for i := 0; i < n; {
		if i > 0 {
			k.edit()
		}
		kind := k.kinds[0]
		if k.rng.IntN(3) == 0 {
			kind = k.kinds[k.rng.IntN(len(k.kinds))]
		}
		cmd := k.command(kind.args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		must(k.t, cmd.Start())
		whole := k.whole[kind.name]
		wait := time.Duration(k.rng.Int64N(int64(whole) * 11 / 10))
		if k.rng.IntN(2) == 0 {
			wait /= 4 // a run over a few changes is shorter than one that does everything
		}
		start := time.Now()
		timer := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() }) // fails where it is done
		err := cmd.Wait()
		timer.Stop()
		switch {
		case err == nil:
			k.ended++
			k.whole[kind.name] = (3*whole + time.Since(start)) / 4 // the machine may have been busy when it was measured
		case cmd.ProcessState.ExitCode() >= 0:
			k.t.Fatalf("run %d (%s) failed by itself after kills: %v\n%s", i, kind.name, err, out.String())
		default:
			k.killed[kind.name]++
			i++
			if wait > whole*9/10 {
				k.whole[kind.name] = whole * 11 / 10
			}
		}
		k.check(i, kind.name)
	}
	k.t.Logf("killed %v, in the end spread over %v; %d runs were done before", k.killed, k.whole, k.ended)
}

// check looks at what a run left: what `doctor` looks at, and whether searches work.
func (k *killer) check(i int, what string) {
	k.t.Helper()
	dir := filepath.Join(k.dir, ".loradex")
	if _, err := os.Stat(filepath.Join(dir, "index.db")); err != nil {
		return // killed before there was an index
	}
	s, err := sqlite.Open(k.t.Context(), dir, sqlite.Options{})
	if err != nil {
		k.t.Fatalf("after kill %d (%s): %v", i, what, err)
	}
	report, err := s.Check(k.t.Context())
	must(k.t, err)
	if !report.OK() {
		k.t.Fatalf("after kill %d (%s): %+v", i, what, report)
	}
	// A small index is searched in memory; this way what is killed later finds files of an earlier state.
	must(k.t, s.Flush(k.t.Context()))
	must(k.t, s.Close())
	if r := k.p.run("search", "--repo", k.dir, "--mode", "lexical", "work of number"); r.code != exitOK {
		k.t.Fatalf("search after kill %d (%s): %s%s", i, what, r.out, r.err)
	}
}

// compare completes the index, makes another one from nothing by the same commands, and wants them equal.
func (k *killer) compare(commands ...[]string) {
	k.t.Helper()
	index := func() snapshot {
		k.t.Helper()
		for _, args := range commands {
			k.p.ok(append(slices.Clone(args), k.dir)...)
		}
		return k.snapshot()
	}
	got := index()
	k.p.ok("clean", k.dir)
	want := index()
	if len(want.rows) == 0 || len(want.files) < len(k.files) {
		k.t.Fatalf("the index holds %d chunks of %d files", len(want.rows), len(want.files))
	}
	if !slices.Equal(got.files, want.files) {
		k.t.Errorf("files differ:\n%v\n%v", got.files, want.files)
	}
	if !slices.Equal(got.spaces, want.spaces) {
		k.t.Errorf("spaces differ:\n%v\n%v", got.spaces, want.spaces)
	}
	if len(got.rows) != len(want.rows) {
		k.t.Errorf("%d chunks, want %d", len(got.rows), len(want.rows))
	}
	vectors, worst := 0, 0.0
	for row, w := range want.rows {
		g, ok := got.rows[row]
		if !ok {
			k.t.Errorf("missing: %s", row)
			continue
		}
		for space, v := range w {
			worst = max(worst, apart(asFloat64(g[space]), asFloat64(v)))
			vectors++
		}
		if len(g) != len(w) {
			k.t.Errorf("%d vectors of %s, want %d", len(g), row, len(w))
		}
	}
	if worst > 2e-6 {
		k.t.Errorf("vectors differ by up to %g", worst)
	}
	k.t.Logf("equal to an uninterrupted index: %d files, %d chunks, %d vectors in %d spaces, which differ by at most %.1g",
		len(want.files), len(want.rows), vectors, len(want.spaces), worst)
}

// snapshot is all that an index says.
type snapshot struct {
	files  []string
	spaces []string
	rows   map[string]map[string][]float32 // vectors by space, by chunk
}

func (k *killer) snapshot() snapshot {
	k.t.Helper()
	ctx := k.t.Context()
	s, err := sqlite.Open(ctx, filepath.Join(k.dir, ".loradex"), sqlite.Options{})
	must(k.t, err)
	defer s.Close() //nolint:errcheck // it was only read
	out := snapshot{rows: map[string]map[string][]float32{}}
	files, err := search.In(s, indexer.Tree{}).Files(ctx)
	must(k.t, err)
	spaces, err := search.Spaces(ctx, s, nil)
	must(k.t, err)
	for _, sp := range spaces {
		out.spaces = append(out.spaces, fmt.Sprintf("%s %v %d", sp.Space.ID, sp.Default, sp.Vectors))
	}
	slices.Sort(out.spaces)
	for path, f := range files {
		out.files = append(out.files, fmt.Sprintf("%s %s %s %d", path, f.Language, f.Blob, f.Chunks))
		chunks, err := s.At(ctx, nil, path, 0, 0)
		must(k.t, err)
		for _, c := range chunks {
			out.rows[rowText(path, &c.Chunk)] = k.vectors(s, spaces, c.ID)
		}
	}
	slices.Sort(out.files)
	return out
}

func rowText(path string, c *indexer.Chunk) string {
	return fmt.Sprintf("%s:%d-%d %s %s %q %q %q", path, c.StartLine, c.EndLine, c.Kind, c.Symbol, c.Doc, c.Signature, c.Text)
}

func (k *killer) vectors(s sqlite.Store, spaces []indexer.SpaceState, id search.ID) map[string][]float32 {
	k.t.Helper()
	out := map[string][]float32{}
	for _, sp := range spaces {
		v, err := s.Vectors(k.t.Context(), sp.Space.ID, []search.ID{id})
		must(k.t, err)
		if v[0] != nil {
			out[sp.Space.ID] = v[0]
		}
	}
	return out
}

func asFloat64(v []float32) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
