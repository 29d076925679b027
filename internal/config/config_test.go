package config

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"loradex/internal/fault"
)

var update = flag.Bool("update", false, "rewrite loradex.example.yaml")

// put writes a file and returns its path.
func put(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOrderOfPlaces(t *testing.T) {
	root := t.TempDir()
	user := put(t, filepath.Join(root, "home", fileName), "threads: 1\nmodel: user\nsearch: {k: 3, mode: dense}\n")
	repo := put(t, filepath.Join(root, "repo", fileName), "model: repo\nsearch: {k: 4}\n")
	deep := filepath.Join(root, "repo", "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"LORADEX_SEARCH_K": "5", "LORADEX_INDEX_MAX_FILE_BYTES": "7"}
	c, err := Load(Places{Home: filepath.Join(root, "home"), Start: deep, Getenv: func(k string) string { return env[k] }})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Threads, want.Model, want.Search.Mode, want.Search.K, want.Index.MaxFileBytes = 1, "repo", "dense", 5, 7
	want.Files = []string{user, repo}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}

	only := put(t, filepath.Join(root, "only.yaml"), "device: cuda\n")
	c, err = Load(Places{Home: filepath.Join(root, "home"), Start: deep, File: only})
	if err != nil || c.Device != "cuda" || c.Threads != 0 || len(c.Files) != 1 {
		t.Errorf("an explicit file: %+v, %v", c, err)
	}
}

func TestNothingThere(t *testing.T) {
	c, err := Load(Places{Home: t.TempDir()})
	if err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("%+v, %v", c, err)
	}
	for _, text := range []string{"", "# only a comment\n", "search:\n  # k: 3\nindex:\n"} {
		path := put(t, filepath.Join(t.TempDir(), fileName), text)
		c, err := Load(Places{File: path})
		c.Files = nil
		if err != nil || !reflect.DeepEqual(c, Default()) {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

func TestRelativeModelIsMeantFromItsFile(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, fileName), "model: ./models/mine\n")
	c, err := Load(Places{Start: root})
	if err != nil || c.Model != filepath.Join(root, "models", "mine") {
		t.Errorf("%q, %v", c.Model, err)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct{ name, yaml, env, want string }{
		{"unknown key", "modell: x\n", "", "modell"},
		{"unknown key below", "search: {kk: 1}\n", "", "kk"},
		{"wrong type", "threads: many\n", "", "Threads"},
		{"not yaml", "a: [\n", "", fileName},
		{"not a map", "- a\n", "", fileName},
		{"out of range", "threads: -1\n", "", "threads is -1"},
		{"mode", "search: {mode: fast}\n", "", `search.mode is "fast"`},
		{"store", "index: {store: redis}\n", "", `index.store is "redis"`},
		{"stride without window", "stride: 3\n", "", "stride is 3"},
		{"environment", "threads: 1", "ten", `LORADEX_SEARCH_K is "ten"`},
		{"environment range", "threads: 1", "0", "search.k is 0"},
		{"write consistency", "qdrant: {replicas: 2, write_consistency: 3}\n", "", "qdrant.write_consistency is 3"},
		{"no shards", "qdrant: {shards: 0}\n", "", "qdrant.shards is 0"},
		{"quantization", "qdrant: {quantization: fp8}\n", "", `qdrant.quantization is "fp8"`},
		{"oversampling", "qdrant: {oversampling: .nan}\n", "", "qdrant.oversampling is NaN"},
		{"time without unit", "qdrant: {timeout: 30}\n", "", "time.Duration"},
		{"short time", "qdrant: {timeout: 30ns}\n", "", "qdrant.timeout is 30ns"},
		{"too large", "#" + strings.Repeat("x", maxFile) + "\n", "", "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := put(t, filepath.Join(t.TempDir(), fileName), tt.yaml)
			_, err := Load(Places{File: path, Getenv: func(k string) string {
				if k == "LORADEX_SEARCH_K" {
					return tt.env
				}
				return ""
			}})
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want Invalid with %q", err, tt.want)
			}
		})
	}
	for text, want := range map[string]string{
		"search: {moed: dense}\n": "did you mean mode? known keys", "modell: x\n": "did you mean model?", "search: {mode: hybird}\n": "did you mean hybrid? use one of",
		"qqqq: 1\n": "known keys",
	} {
		_, err := Load(Places{File: put(t, filepath.Join(t.TempDir(), fileName), text)})
		if hint := fault.HintOf(err); !strings.HasPrefix(hint, want) {
			t.Errorf("%s: the hint is %q, want %q", text, hint, want)
		}
	}
	_, err := Load(Places{File: filepath.Join(t.TempDir(), "none.yaml")})
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a missing explicit file: %v", err)
	}
}

// TestExample keeps loradex.example.yaml in step with the table, and the table in step with the struct.
func TestExample(t *testing.T) {
	const path = "loradex.example.yaml"
	if *update {
		if err := os.WriteFile(path, []byte(example()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != example() {
		t.Errorf("%s is stale (%v): run go test ./internal/config -update", path, err)
	}
	c, err := Load(Places{File: path})
	c.Files = nil
	if err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("the example is not the default: %+v, %v", c, err)
	}
	if got, want := len(settings()), leaves(reflect.TypeFor[Config]()); got != want {
		t.Errorf("%d settings in the table, %d fields in Config", got, want)
	}
}

// leaves counts the fields of a struct that a file can set.
func leaves(s reflect.Type) int {
	n := 0
	for i := range s.NumField() {
		switch f := s.Field(i); {
		case f.Tag.Get("yaml") == "-":
		case f.Type.Kind() == reflect.Struct:
			n += leaves(f.Type)
		default:
			n++
		}
	}
	return n
}

// FuzzRead: any file gives settings that can work, or an error with a code.
func FuzzRead(f *testing.F) {
	for _, s := range []string{example(), "", "a: b", "threads: 1e9", "search: [1]", "model: *x", "\x00", "search: {k: 0x7fffffffffffffff}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Load(Places{File: put(t, filepath.Join(t.TempDir(), fileName), text)})
		if err == nil {
			err = c.Validate()
		}
		if err != nil && fault.CodeOf(err) == fault.Internal {
			t.Errorf("an error without a code: %v", err)
		}
	})
}

// TestRemovedSettings: what earlier versions knew is refused by name.
func TestRemovedSettings(t *testing.T) {
	for _, c := range []struct{ yaml, env, want string }{
		{"search: {fusion: minmax}\n", "", "search.fusion minmax was removed"},
		{"search: {feedback: 3}\n", "", "search.feedback was removed"},
		{"threads: 1\n", "3", "LORADEX_SEARCH_FEEDBACK was removed"},
	} {
		path := put(t, filepath.Join(t.TempDir(), fileName), c.yaml)
		_, err := Load(Places{File: path, Getenv: func(k string) string {
			if k == "LORADEX_SEARCH_FEEDBACK" {
				return c.env
			}
			return ""
		}})
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) || fault.HintOf(err) == "" {
			t.Errorf("%q: %v (%s)", c.yaml, err, fault.HintOf(err))
		}
	}
}
