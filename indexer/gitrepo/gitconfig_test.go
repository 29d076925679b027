package gitrepo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseConfig(t *testing.T) {
	tests := []struct {
		text string
		want []setting
		bad  int
	}{
		{"[a] k = v\n", []setting{{"a", "", "k", "v"}}, 0},
		{"\xef\xbb\xbf[a]\r\n\tK = v\r\n", []setting{{"a", "", "k", "v"}}, 0},
		{"[section.sub]\n\tk = v", []setting{{"section", "sub", "k", "v"}}, 0},
		{"[A \"S u\\\"b]\"] k\n[b]k=1[b", []setting{{"a", `S u"b]`, "k", "true"}, {"b", "", "k", "1[b"}}, 0},
		{"[user]\n\tname = J\xfcrgen  \n", []setting{{"user", "", "name", "J\xfcrgen"}}, 0},
		{"[a]\nk = \" x # y \" z # c\nl = a\\\n  b\n", []setting{{"a", "", "k", " x # y  z"}, {"a", "", "l", "a  b"}}, 0},
		{"[a]\nk = \\t\\\"\\\\\n# c\n; d\n", []setting{{"a", "", "k", "\t\"\\"}}, 0},
		{"[a]\n!!\nk = v\n", []setting{{"a", "", "k", "v"}}, 2},
		{"k = v\n[a\n[b]\nk = \"open\nl = \\x\nm = 1\n", []setting{{"b", "", "m", "1"}}, 1},
		{"[a]k=\n", []setting{{"a", "", "k", ""}}, 0},
	}
	for _, tt := range tests {
		if got, bad := parseConfig([]byte(tt.text)); !slices.Equal(got, tt.want) || bad != tt.bad {
			t.Errorf("%q: %q, line %d; want %q, %d", tt.text, got, bad, tt.want, tt.bad)
		}
	}
}

// Whatever git reads of a configuration is read as git reads it.
func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("[a \"b\"]\n\tk = v # c\n[c.d] e\n"))
	f.Add([]byte("[a]k=\\\n\"x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, bad := parseConfig(data)
		if len(list) > len(data) || bad < 0 || bad > 1+strings.Count(string(data), "\n") {
			t.Errorf("%d settings, bad line %d", len(list), bad)
		}
	})
}

// Settings that git reads, and those that it refuses, never stop a scan.
func TestSettingsNeverStop(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	config := filepath.Join(s.dir, ".git", "config")
	plain, err := os.ReadFile(config) //nolint:gosec // made by this test
	if err != nil {
		t.Fatal(err)
	}
	for text, noted := range map[string]bool{
		"[a] k = v\n": false, "[section.sub]\n\tk = v\n": false, "[user]\n\tname = J\xfcrgen\n": false,
		"[include]\n\tpath = ~/gone\n": false, "[include]\n\tpath = config\n": true, "[core\n": true, "[a]\n\t1 = 2\n": true,
		"[a]\n\tk = \"open\n": true,
	} {
		if err := os.WriteFile(config, append(slices.Clone(plain), text...), 0o600); err != nil {
			t.Fatal(err)
		}
		r := s.open(s.dir)
		s.wantPaths(s.scan(workTree{r}), "a.go")
		if (len(r.Notes()) > 0) != noted {
			t.Errorf("%q: notes %q", text, r.Notes())
		}
	}
	if err := os.WriteFile(config, append([]byte("\xef\xbb\xbf"), plain...), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := s.open(s.dir); len(r.Notes()) > 0 {
		t.Errorf("byte order mark: %q", r.Notes())
	}
}

// Ignore files that an included file names hold, as in git.
func TestIncludedSettings(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{"a.go": "1"})
	s.git(s.dir, "remote", "add", "origin", "https://example.org/x/y.git")
	s.write(s.dir, map[string]string{"a.secret.go": "1", "b.go": "1"})
	s.write(s.home, map[string]string{"ig": "*.secret.go\n", "more": "[core]\n\texcludesFile = ~/ig\n", "deep/one": "[include]\n\tpath = ../more\n"})
	for text, hidden := range map[string]bool{
		"[include]\n\tpath = ~/more\n":                                              true,
		"[include]\n\tpath = deep/one\n":                                            true,
		"[includeIf \"gitdir:" + s.dir + "/\"]\n\tpath = more\n":                    true,
		"[includeIf \"gitdir:repo/\"]\n\tpath = more\n":                             true,
		"[includeIf \"gitdir:../repo/.git\"]\n\tpath = more\n":                      false,
		"[includeIf \"gitdir:REPO/\"]\n\tpath = more\n":                             false,
		"[includeIf \"gitdir/i:REPO/\"]\n\tpath = more\n":                           true,
		"[includeIf \"gitdir:~/\"]\n\tpath = more\n":                                false,
		"[includeIf \"onbranch:ma*\"]\n\tpath = more\n":                             true,
		"[includeIf \"onbranch:side\"]\n\tpath = more\n":                            false,
		"[includeIf \"hasconfig:remote.*.url:https://example.org/**\"] path=more\n": true,
		"[includeIf \"hasconfig:remote.*.url:https://other/**\"] path=more\n":       false,
		"[includeIf \"moon:full\"]\n\tpath = more\n":                                false,
		"[include]\n\tpath = more\n[core]\n\texcludesFile =\n":                      false,
	} {
		s.write(s.home, map[string]string{".gitconfig": text})
		want := []string{"a.go", "a.secret.go", "b.go"}
		if hidden {
			want = []string{"a.go", "b.go"}
		}
		r := s.open(s.dir)
		if got := paths(s.scan(workTree{r})); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
		if git := s.git(s.dir, "status", "--porcelain"); strings.Contains(git, "secret") == hidden {
			t.Errorf("%q: git says %q", text, git)
		}
	}
}

func TestSHA256(t *testing.T) {
	s := newSandbox(t)
	s.git(s.home, "init", "-q", "-b", "main", "--object-format=sha256", s.dir)
	s.write(s.dir, map[string]string{"a.go": "1", ".gitignore": "*.log\n", "kept.log": "1", "x.log": "2"})
	s.git(s.dir, "add", "-f", "kept.log")
	s.commit(s.dir, "first")
	r := s.open(s.dir)
	snap := s.scan(workTree{r})
	s.wantPaths(snap, ".gitignore", "a.go", "kept.log")
	if notes := r.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "sha256 object names") {
		t.Errorf("notes: %q", notes)
	}
	if got := s.content(snap, "a.go"); got != "1" {
		t.Errorf("content %q", got)
	}
}
