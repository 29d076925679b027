package adapters_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/adapters/peft"
	"loradex/internal/fault"
)

var libModules = adapterstest.BERT(2, 8, 12)

func libSpec(seed uint64) adapterstest.Spec {
	return adapterstest.Spec{Sites: libModules, Targets: []string{"query", "value"}, Seed: seed, BaseModel: "org/tiny-bert"}
}

func newLibrary(t *testing.T) *adapters.Library {
	t.Helper()
	return openLibrary(t, filepath.Join(t.TempDir(), "lib"), "")
}

func openLibrary(t *testing.T, dir, cache string) *adapters.Library {
	t.Helper()
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	})
	return lib
}

// fits is what the command line passes to Add.
func fits() adapters.AddOptions {
	return adapters.AddOptions{BaseModel: "/models/tiny-bert", BaseDigest: "d1", Sites: libModules}
}

func add(t *testing.T, lib *adapters.Library, name string, seed uint64) {
	t.Helper()
	if err := lib.Add(t.Context(), adapterstest.Write(t, t.TempDir(), libSpec(seed)), name, fits()); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, lib *adapters.Library, name string) *adapters.Adapter {
	t.Helper()
	a, err := lib.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestLibrary(t *testing.T) {
	lib := newLibrary(t)
	if list, err := lib.List(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("empty library: %v, %v", list, err)
	}
	_, err := lib.Get(t.Context(), "go")
	wantError(t, err, fault.NotFound, "empty")
	wantError(t, lib.Remove(t.Context(), "go"), fault.NotFound)

	add(t, lib, "go", 1)
	add(t, lib, "python", 2)
	list, err := lib.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	e, a := list[0], get(t, lib, "go")
	if e.Name != "go" || e.Digest != a.Digest || e.Rank != 4 || e.Params != a.Params() || e.Sites != 4 || e.Bytes == 0 || e.Method != "lora" || e.Problem != "" ||
		!slices.Equal(e.Modules, []string{"attention.self.query", "attention.self.value"}) {
		t.Errorf("entry %+v", e)
	}
	if e.Card.BaseDigest != "d1" || e.Card.Name != "go" || e.Card.BaseConfirmed || a.Card.BaseDigest != "d1" || a.Name != "go" {
		t.Errorf("cards %+v, %+v", e.Card, a.Card)
	}
	_, err = lib.Get(t.Context(), "pyton")
	wantError(t, err, fault.NotFound, `"pyton"`, "known: python, go")
	wantError(t, lib.Remove(t.Context(), "og"), fault.NotFound, "known: go, python")

	if err := lib.Remove(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	if a.Updates["encoder.layer.0.attention.self.query"].Branches[0].A[0] == 0 {
		t.Error("an adapter in use lost its weights")
	}
	if _, err := lib.Get(t.Context(), "go"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("removed: %v", err)
	}
	assertClean(t, lib, "python")
}

// assertClean checks that the library holds these adapters and nothing half-made.
func assertClean(t *testing.T, lib *adapters.Library, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(lib.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.Name() != ".lock" {
			got = append(got, e.Name())
		}
	}
	if !slices.Equal(got, names) {
		t.Errorf("library holds %v, want %v", got, names)
	}
}

func TestLibraryNames(t *testing.T) {
	lib := newLibrary(t)
	src := adapterstest.Write(t, t.TempDir(), libSpec(1))
	for _, name := range []string{"../go", "..", "a/b", "none", "Go", ""} {
		wantError(t, lib.Add(t.Context(), src, name, fits()), fault.Invalid)
		wantError(t, lib.Remove(t.Context(), name), fault.Invalid)
		_, err := lib.Get(t.Context(), name)
		wantError(t, err, fault.Invalid)
	}
	// A link that leads out of the library is not followed.
	if err := os.MkdirAll(lib.Dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(src, filepath.Join(lib.Dir(), "away")); err != nil {
		t.Fatal(err)
	}
	_, err := lib.Get(t.Context(), "away")
	wantError(t, err, fault.Unavailable, "away")
	list, err := lib.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Problem == "" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAddRefuses(t *testing.T) {
	lib := newLibrary(t)
	add(t, lib, "taken", 1)
	write := func(change func(*adapterstest.Spec)) string {
		s := libSpec(2)
		change(&s)
		return adapterstest.Write(t, t.TempDir(), s)
	}
	plain := write(func(*adapterstest.Spec) {})
	card := func(c adapters.Card) string {
		c.Side = adapters.SideBoth
		return write(func(s *adapterstest.Spec) { s.Card = &c })
	}
	linked := write(func(*adapterstest.Spec) {})
	if err := errorsOf(os.Rename(filepath.Join(linked, peft.WeightsFile), filepath.Join(plain, "w")),
		os.Symlink(filepath.Join(plain, "w"), filepath.Join(linked, peft.WeightsFile))); err != nil {
		t.Fatal(err)
	}
	big := write(func(*adapterstest.Spec) {})
	if err := os.WriteFile(filepath.Join(big, "README.md"), make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(change func(*adapters.AddOptions)) adapters.AddOptions {
		o := fits()
		change(&o)
		return o
	}
	otherName := with(func(o *adapters.AddOptions) { o.BaseModel = "other-bert" })
	for name, tt := range map[string]struct {
		src, name string
		opts      adapters.AddOptions
		code      fault.Code
		parts     []string
	}{
		"taken":           {plain, "taken", fits(), fault.Conflict, []string{"taken"}},
		"no folder":       {plain + "x", "new", fits(), fault.NotFound, nil},
		"not an adapter":  {t.TempDir(), "new", fits(), fault.NotFound, []string{peft.ConfigFile}},
		"link out":        {linked, "new", fits(), fault.Unavailable, []string{peft.WeightsFile}},
		"too big":         {big, "new", fits(), fault.Invalid, []string{"README.md"}},
		"base by name":    {plain, "new", otherName, fault.Conflict, []string{"org/tiny-bert", "other-bert"}},
		"base unknown":    {write(func(s *adapterstest.Spec) { s.BaseModel = "" }), "new", fits(), fault.Conflict, []string{"unknown"}},
		"self-confirmed":  {card(adapters.Card{BaseConfirmed: true}), "new", otherName, fault.Conflict, nil},
		"digest differs":  {card(adapters.Card{BaseDigest: "d2"}), "new", fits(), fault.Conflict, []string{"d2", "d1"}},
		"digest stays":    {card(adapters.Card{BaseDigest: "d2"}), "new", with(func(o *adapters.AddOptions) { o.ConfirmBase = true }), fault.Conflict, []string{"d2"}},
		"changes nothing": {write(func(s *adapterstest.Spec) { s.ZeroB = true }), "new", fits(), fault.Invalid, []string{"changes nothing"}},
		"wrong shapes":    {plain, "new", with(func(o *adapters.AddOptions) { o.Sites = adapterstest.BERT(2, 16, 12) }), fault.Conflict, []string{"query"}},
		"bad card":        {card(adapters.Card{Pairs: -1}), "new", fits(), fault.Corrupt, []string{"pairs"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, lib.Add(t.Context(), tt.src, tt.name, tt.opts), tt.code, tt.parts...)
			assertClean(t, lib, "taken")
		})
	}
}

func TestAddBase(t *testing.T) {
	lib := newLibrary(t)
	src := adapterstest.Write(t, t.TempDir(), libSpec(1))
	opts := fits()
	opts.BaseModel, opts.ConfirmBase = "/elsewhere/renamed", true
	if err := lib.Add(t.Context(), src, "go", opts); err != nil {
		t.Fatal(err)
	}
	card := get(t, lib, "go").Card
	if !card.BaseConfirmed || card.BaseModel != opts.BaseModel || card.BaseDigest != "d1" {
		t.Errorf("%+v", card)
	}
	if err := card.CheckBase("anything", "d1"); err != nil {
		t.Error(err)
	}
	wantError(t, card.CheckBase(opts.BaseModel, "d2"), fault.Conflict, "d1", "d2")
}

func TestAddReplace(t *testing.T) {
	lib := newLibrary(t)
	add(t, lib, "go", 1)
	old := get(t, lib, "go")
	first := old.Updates["encoder.layer.0.attention.self.query"].Branches[0].A[0]
	opts := fits()
	opts.Replace = true
	if err := lib.Add(t.Context(), adapterstest.Write(t, t.TempDir(), libSpec(2)), "go", opts); err != nil {
		t.Fatal(err)
	}
	now := get(t, lib, "go")
	if now.Digest == old.Digest || old.Updates["encoder.layer.0.attention.self.query"].Branches[0].A[0] != first {
		t.Error("the old adapter must stay as it was for its user, and the next user must get the new one")
	}
	assertClean(t, lib, "go")
}

// What dead writers left behind goes away with the next one.
func TestSweep(t *testing.T) {
	lib := newLibrary(t)
	if err := os.MkdirAll(filepath.Join(lib.Dir(), ".tmp-123", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	add(t, lib, "go", 1)
	assertClean(t, lib, "go")
}

func TestResolveAndMixDigest(t *testing.T) {
	lib := newLibrary(t)
	add(t, lib, "a", 1)
	add(t, lib, "b", 2)
	digest := func(text string) string {
		t.Helper()
		m, err := adapters.ParseMix(text)
		if err != nil {
			t.Fatal(err)
		}
		d, err := lib.MixDigest(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if digest("a+b*0.5") != digest("b*0.5+a") {
		t.Error("order changes the digest")
	}
	seen := map[string]string{}
	for _, text := range []string{"none", "a", "b", "a*0.5", "a*-0.5", "a+b", "a - b", "b - a", "a+b*0.5", "a*0.5+b"} {
		d := digest(text)
		if twin, ok := seen[d]; ok || len(d) != 64 {
			t.Errorf("%s has the digest of %s: %s", text, twin, d)
		}
		seen[d] = text
	}
	// A renamed copy is the same adapter.
	add(t, lib, "z", 1)
	if digest("z+b*0.5") != digest("a+b*0.5") {
		t.Error("the name changes the digest")
	}
	m := adapterstest.Mix("a*0.5 - b*2")
	parts, err := lib.Resolve(t.Context(), m)
	if err != nil || len(parts) != 2 || parts[0].Adapter.Name != "a" || parts[0].Weight != 0.5 || parts[1].Weight != -2 {
		t.Fatalf("%+v, %v", parts, err)
	}
	for _, p := range parts {
		if err := p.Adapter.Close(); err != nil {
			t.Error(err)
		}
	}
	if parts, err := lib.Resolve(t.Context(), adapters.Mix{}); err != nil || len(parts) != 0 {
		t.Errorf("base: %v, %v", parts, err)
	}
	_, err = lib.Resolve(t.Context(), adapterstest.Mix("a+none-such"))
	wantError(t, err, fault.NotFound, "none-such", "known: ")
	_, err = lib.MixDigest(t.Context(), adapterstest.Mix("zz"))
	wantError(t, err, fault.NotFound, "zz")
	auto, _ := adapters.ParseMix("gate(a,b)")
	_, err = lib.Resolve(t.Context(), auto)
	wantError(t, err, fault.Unsupported, "gate")
}

func TestListShowsProblems(t *testing.T) {
	lib := newLibrary(t)
	add(t, lib, "good", 1)
	add(t, lib, "torn", 2)
	if err := os.Truncate(filepath.Join(lib.Dir(), "torn", peft.WeightsFile), 100); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(lib.Dir(), "bare"), 0o755); err != nil {
		t.Fatal(err)
	}
	list, err := lib.List(t.Context())
	if err != nil || len(list) != 3 {
		t.Fatalf("%v, %v", list, err)
	}
	if list[0].Name != "bare" || !strings.Contains(list[0].Problem, peft.ConfigFile) || list[1].Problem != "" || !strings.Contains(list[2].Problem, peft.WeightsFile) {
		t.Errorf("%+v", list)
	}
	_, err = lib.Get(t.Context(), "torn")
	wantError(t, err, fault.Corrupt, "torn", peft.WeightsFile)
	_, err = lib.Get(t.Context(), "bare")
	wantError(t, err, fault.NotFound, "bare", "incomplete")
	if err := lib.Remove(t.Context(), "bare"); err != nil {
		t.Error(err)
	}
}

// The summary is believed only while the files are as they were, and never if it is forged.
func TestSummaryFollowsFiles(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	lib := openLibrary(t, filepath.Join(t.TempDir(), "lib"), cache)
	add(t, lib, "go", 1)
	before, err := lib.Entry(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	summary, text := onlyFile(t, cache)
	adapterstest.Write(t, filepath.Join(lib.Dir(), "go"), libSpec(2)) // replaced by hand, behind the library's back
	for _, content := range [][]byte{text, []byte("{"), nil} {
		if err := os.WriteFile(summary, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, l := range []*adapters.Library{lib, openLibrary(t, lib.Dir(), cache)} {
			if e, err := l.Entry(t.Context(), "go"); err != nil || e.Digest == before.Digest {
				t.Errorf("stale entry %+v, %v", e, err)
			}
		}
	}
	// With a fitting summary no weight is read: the digest that it claims is believed.
	old := time.Now().Add(-time.Hour)
	dir := filepath.Join(lib.Dir(), "go")
	if err := errorsOf(os.Chtimes(filepath.Join(dir, peft.WeightsFile), old, old), os.Chtimes(filepath.Join(dir, peft.ConfigFile), old, old),
		os.Chtimes(filepath.Join(dir, adapters.CardFile), old, old)); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Entry(t.Context(), "go"); err != nil {
		t.Fatal(err)
	}
	_, text = onlyFile(t, cache)
	digest := get(t, lib, "go").Digest
	marked := strings.Replace(string(text), digest, "marked", 1)
	if marked == string(text) {
		t.Fatalf("summary %s lacks the digest", text)
	}
	if err := os.WriteFile(summary, []byte(marked), 0o600); err != nil {
		t.Fatal(err)
	}
	if e, err := openLibrary(t, lib.Dir(), cache).Entry(t.Context(), "go"); err != nil || e.Digest != "marked" {
		t.Errorf("the summary was not used: %+v, %v", e, err)
	}
	// A library at another place has summaries of its own, and so has one without a cache.
	elsewhere := openLibrary(t, filepath.Join(t.TempDir(), "lib"), cache)
	add(t, elsewhere, "go", 3)
	for _, l := range []*adapters.Library{elsewhere, openLibrary(t, lib.Dir(), "")} {
		if e, err := l.Entry(t.Context(), "go"); err != nil || e.Digest == "marked" {
			t.Errorf("the summary of another: %+v, %v", e, err)
		}
	}
	if err := errorsOf(elsewhere.Remove(t.Context(), "go"), lib.Remove(t.Context(), "go")); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 0 {
		t.Errorf("summaries of adapters that are gone: %v, %v", left, err)
	}
}

// onlyFile reads the one file of a folder.
func onlyFile(t *testing.T, dir string) (path string, text []byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	path = filepath.Join(dir, entries[0].Name())
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, text
}

// TestReadersWriteNothing lists, opens and misses adapters of a folder that someone else made.
func TestReadersWriteNothing(t *testing.T) {
	dir := t.TempDir()
	adapterstest.Write(t, filepath.Join(dir, "go"), libSpec(1))
	old := time.Now().Add(-time.Hour)
	for _, f := range []string{peft.WeightsFile, peft.ConfigFile} {
		if err := os.Chtimes(filepath.Join(dir, "go", f), old, old); err != nil {
			t.Fatal(err)
		}
	}
	for _, cache := range []string{"", t.TempDir()} {
		lib := openLibrary(t, dir, cache)
		if _, err := lib.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		get(t, lib, "go")
		if _, err := lib.Get(t.Context(), "ghost"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
	}
	var files []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, filepath.Base(path))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(files, []string{peft.ConfigFile, peft.WeightsFile}) {
		t.Errorf("the library holds %v", files)
	}
}

// Readers always see one whole adapter while it is replaced over and over.
func TestReplaceWhileReading(t *testing.T) {
	lib := newLibrary(t)
	add(t, lib, "go", 0)
	srcs := make([]string, 4)
	digests := map[string]bool{}
	for i := range srcs {
		srcs[i] = adapterstest.Write(t, t.TempDir(), libSpec(uint64(i)))
		a, err := adapters.Load(srcs[i])
		if err != nil {
			t.Fatal(err)
		}
		digests[a.Digest] = true
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 {
		reader, err := adapters.OpenLibrary(lib.Dir(), adapters.LibraryOptions{}) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer reader.Close()
			for ctx.Err() == nil {
				a, err := reader.Get(context.WithoutCancel(ctx), "go")
				if err != nil || !digests[a.Digest] {
					t.Errorf("reader: %v, %v", a, err)
					return
				}
				if err := errors.Join(a.Check(libModules), a.Close()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	opts := fits()
	opts.Replace = true
	for i := range 10 {
		if err := lib.Add(t.Context(), srcs[i%len(srcs)], "go", opts); err != nil {
			t.Error(err)
		}
	}
	cancel()
	wg.Wait()
	assertClean(t, lib, "go")
}

// TestHelperAdd is the body of the processes that TestTwoProcesses starts.
func TestHelperAdd(t *testing.T) {
	dir, src := os.Getenv("ADAPTERS_TEST_LIB"), os.Getenv("ADAPTERS_TEST_SRC")
	if dir == "" {
		t.Skip("run by TestTwoProcesses only")
	}
	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wins := 0
	for i := range 6 {
		err := lib.Add(t.Context(), src, fmt.Sprintf("n%d", i), fits())
		switch {
		case err == nil:
			wins++
		case fault.CodeOf(err) != fault.Conflict:
			t.Fatal(err)
		}
	}
	fmt.Printf("wins=%d\n", wins)
}

// Of two processes that add under the same names, exactly one wins each.
func TestTwoProcesses(t *testing.T) {
	lib := newLibrary(t)
	src := adapterstest.Write(t, t.TempDir(), libSpec(1))
	wins := make([]int, 2)
	var wg sync.WaitGroup
	for i := range wins {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHelperAdd$", "-test.v")
		cmd.Env = append(os.Environ(), "ADAPTERS_TEST_LIB="+lib.Dir(), "ADAPTERS_TEST_SRC="+src)
		wg.Go(func() {
			out, err := cmd.CombinedOutput()
			_, tail, _ := strings.Cut(string(out), "wins=")
			if _, scanErr := fmt.Sscan(tail, &wins[i]); err != nil || scanErr != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	list, err := lib.List(t.Context())
	if err != nil || len(list) != 6 || wins[0]+wins[1] != 6 {
		t.Errorf("%d adapters, wins %v, %v", len(list), wins, err)
	}
	for _, e := range list {
		if e.Problem != "" {
			t.Errorf("%s: %s", e.Name, e.Problem)
		}
	}
}

func TestLibraryContext(t *testing.T) {
	lib := newLibrary(t)
	add(t, lib, "go", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := lib.Get(ctx, "go")
	wantError(t, err, fault.Canceled)
	_, err = lib.List(ctx)
	wantError(t, err, fault.Canceled)
	wantError(t, lib.Add(ctx, t.TempDir(), "x", fits()), fault.Canceled)
	wantError(t, lib.Remove(ctx, "go"), fault.Canceled)
}

func TestClosedLibrary(t *testing.T) {
	lib := newLibrary(t)
	add(t, lib, "go", 1)
	a := get(t, lib, "go")
	if err := lib.Close(); err != nil {
		t.Fatal(err)
	}
	if a.Updates["encoder.layer.0.attention.self.query"].Branches[0].A[0] == 0 {
		t.Error("weights vanished under their user")
	}
	_, err := lib.Get(t.Context(), "go")
	wantError(t, err, fault.Unavailable, "closed")
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = adapters.OpenLibrary(file, adapters.LibraryOptions{})
	wantError(t, err, fault.Invalid, file)
}
