package gitrepo

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		inName, want  bool
	}{
		{"a*b", "axxb", true, true},
		{"a*b", "ax/b", false, false},
		{"**/b", "b", false, true},
		{"**/b", "a/c/b", false, true},
		{"a/**", "a/b/c", false, true},
		{"a/**/b", "a/b", false, true},
		{"a/**/b", "a/x/y/b", false, true},
		{"a**b", "a/b", false, false},
		{"a?b", "a/b", false, false},
		{"[a-c]x", "bx", true, true},
		{"[!a-c]x", "bx", true, false},
		{"[^a]", "b", true, true},
		{"[]a]", "]", true, true},
		{"[[:digit:]]", "7", true, true},
		{"[[:nope:]]", "n", true, false},
		{"[a", "a", true, false},
		{`\*`, "*", true, true},
		{`a\`, "a", true, false},
		{"[/]", "/", false, false},
		{"?", "é", true, false},
		{"??", "é", true, true},
		{"***", "a/b", false, true},
		{"", "", true, true},
		{`[\]]`, "]", true, true},
		{"[a-]", "-", true, true},
		{"[--0]", ".", true, true},
		{"**/", "a/", false, true},
		{"*a*a*a*a*a*a*a*a*a*a*b", strings.Repeat("a", 3000), true, false},
	} {
		if got := compileGlob(c.pattern, c.inName).match(c.text); got != c.want {
			t.Errorf("%q over %q: %v", c.pattern, c.text, got)
		}
	}
}

func TestParseIgnore(t *testing.T) {
	list := parseIgnore([]byte("\xef\xbb\xbf# no\n\n\\#yes\r\n!\\!not\n a \nb\\ \n/\n!\n"+strings.Repeat("x", 5000)), false)
	if len(list) != 4 {
		t.Fatalf("%d patterns: %+v", len(list), list)
	}
	for i, text := range []string{"#yes", "!not", " a", "b "} {
		if !list[i].match(text, text, false) {
			t.Errorf("%d does not match %q", i, text)
		}
	}
	if !list[1].negated {
		t.Error("the ! is lost")
	}
}

func FuzzIgnore(f *testing.F) {
	f.Add("a/**/b\n!c/\n[a-z]*", "a/x/b")
	f.Add("[[:alpha:]-\\", "-")
	f.Fuzz(func(t *testing.T, file, path string) {
		_, name := splitPath(path)
		parseIgnore([]byte(file), false).decide(path, name, false)
	})
}

// TestGlobAgainstGit compares single patterns with `git check-ignore` on many paths at once.
func TestGlobAgainstGit(t *testing.T) {
	s := newSandbox(t)
	s.git(s.home, "init", "-q", s.dir)
	rng := rand.New(rand.NewPCG(7, 7))
	alphabet := []string{
		"a", "b", "ab", "*", "**", "?", "/", "/**/", "[ab]", "[!a]", "[^b-z]", "\\", "\\*", "[a", "]", "-", "[[:alpha:]]",
		"[a-", "!", "#", " ", "é", ".", "[]a]", "[\\]b]", "***", "A", "É", "[A]", "[A-B]", "[^B]", "[[:upper:]]", "[[:lower:]]", "\\A", "AB",
	}
	var names []string
	for range 150 {
		var b strings.Builder
		for range 1 + rng.IntN(8) {
			b.WriteString([]string{"a", "b", "ab", "/", "/", "/", "*", "é", "]", "[a", ".", " ", "-", "\\", "#", "A", "B", "É"}[rng.IntN(18)])
		}
		if name := strings.Trim(filepath.Clean(strings.ReplaceAll(b.String(), "//", "/")), "/"); validPath(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for trial := range 480 {
		pattern, fold := "", trial%4 > 1
		if trial%2 == 0 {
			for range 1 + rng.IntN(5) {
				pattern += alphabet[rng.IntN(len(alphabet))]
			}
		} else { // folders with stars
			for range 2 + rng.IntN(3) {
				pattern += "/" + []string{"a", "b", "*", "**", "**", "a*", "[ab]", "?", "***", "a**"}[rng.IntN(10)]
			}
			pattern = pattern[rng.IntN(2):]
		}
		if err := os.WriteFile(filepath.Join(s.dir, ".gitignore"), []byte(pattern+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		// Paths that do not exist are taken for files; git looks at each folder above them as well.
		cmd := exec.Command("git", "-c", fmt.Sprintf("core.ignoreCase=%v", fold), "check-ignore", "-z", "--stdin", "--no-index")
		cmd.Dir, cmd.Env = s.dir, []string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH")}
		cmd.Stdin = strings.NewReader(strings.Join(names, "\x00") + "\x00")
		out, _ := cmd.Output() // its exit status only says whether there was a match
		want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		list := parseIgnore([]byte(pattern+"\n"), fold)
		tree := &ignoreTree{
			fold: fold, dirs: map[string]*ignoreDir{}, names: [ignoreKinds]string{byGit: gitIgnoreName},
			isDir: func(string) bool { return true },
			read:  func(path string) []byte { return map[string][]byte{gitIgnoreName: []byte(pattern + "\n")}[path] },
		}
		for _, name := range names {
			parent, last := splitPath(name)
			got := tree.ignores(byGit, tree.dir(parent), last, false)
			if got != slices.Contains(want, name) {
				t.Errorf("pattern %q path %q, case folded %v: %v, git says %v (%+v)", pattern, name, fold, got, !got, list)
			}
		}
	}
}

// TestWorkTreeAgainstGit compares the files of random trees, with ignore files at all levels, with what git lists.
func TestWorkTreeAgainstGit(t *testing.T) {
	for seed := range uint64(9) {
		s := newSandbox(t)
		rng := rand.New(rand.NewPCG(seed, 3))
		s.git(s.home, "init", "-q", s.dir)
		names := []string{"a", "b", "build", "x.go", "y.log", "z.tmp", "keep.log", "é", "A b", "-d", "#h", "!i"}
		dirs := []string{""}
		for range 8 {
			dirs = append(dirs, joinPath(dirs[rng.IntN(len(dirs))], []string{"a", "b", "build", "src", "doc s"}[rng.IntN(5)]))
		}
		patterns := []string{
			"*.log", "!keep.log", "build/", "/a", "b", "!b", "**/x.go", "src/**", "!src/a/", "a/b", "*", "!*/", "!*.go",
			"y.*", "[a-c]", "doc\\ s", "/src/*/x.go", "a/**/b", "z.tmp ", "# c", "\\#h", "\\!i", "é", "/*", "!/src", "**/build/**", "build/*", "!build/x.go",
		}
		some := func(n int) string {
			var b strings.Builder
			for range rng.IntN(n) {
				b.WriteString(patterns[rng.IntN(len(patterns))] + "\n")
			}
			return b.String()
		}
		files := map[string]string{}
		for _, dir := range dirs {
			if rng.IntN(2) == 0 {
				files[joinPath(dir, ".gitignore")] = some(5)
			}
			for range 5 {
				files[joinPath(dir, names[rng.IntN(len(names))])] = fmt.Sprint(rng.Int())
			}
		}
		for path, content := range files { // a name may be a file here and a folder there: the first one stays
			full := filepath.Join(s.dir, path)
			if os.MkdirAll(filepath.Dir(full), 0o750) == nil {
				_ = os.WriteFile(full, []byte(content), 0o600)
			}
		}
		s.write(s.dir, map[string]string{".git/info/exclude": some(3)})
		s.write(s.home, map[string]string{".config/git/ignore": some(3)})
		if seed%3 == 0 {
			s.write(s.home, map[string]string{".gitconfig": "[core]\n\texcludesFile = ~/own\n", "own": some(3)})
		}
		// Some files are tracked, ignored or not.
		for path := range files {
			if info, err := os.Lstat(filepath.Join(s.dir, path)); err == nil && info.Mode().IsRegular() && rng.IntN(4) == 0 {
				s.git(s.dir, "add", "-f", "--", path)
			}
		}
		var want []string
		for p := range strings.SplitSeq(s.git(s.dir, "ls-files", "-z", "-co", "--exclude-standard"), "\x00") {
			if p != "" {
				want = append(want, p)
			}
		}
		slices.Sort(want)
		if got := paths(s.scan(workTree{s.open(s.dir)})); !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("seed %d:\ngot  %q\nwant %q", seed, got, want)
		}
	}
}

func TestLoradexIgnore(t *testing.T) {
	s := newSandbox(t)
	s.repo(s.dir, map[string]string{
		".loradexignore": "*.gen.go\n/old/\n!build/\n", "a.go": "1", "b.gen.go": "2", "old/c.go": "3",
		"sub/.loradexignore": "!x.gen.go\nd.go", "sub/d.go": "4", "sub/x.gen.go": "5", "d.go": "6", ".gitignore": "build/\n",
	})
	s.write(s.dir, map[string]string{"build/out.go": "7", "new.gen.go": "8"})
	r := s.open(s.dir)
	want := []string{".gitignore", ".loradexignore", "a.go", "d.go", "sub/.loradexignore", "sub/x.gen.go"}
	s.wantPaths(s.scan(workTree{r}), want...)
	s.wantPaths(s.scan(revision{r, "HEAD"}), want...)
}
