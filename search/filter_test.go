package search

import (
	"slices"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func TestPaths(t *testing.T) {
	all := []string{
		"app/[id]/page.ts", "app/[id]/x/y.ts", "app/[...slug]/page.ts", "app/[[...all]]/page.ts", "app/i/page.ts", "pages/[id].tsx", "pages/a.tsx", "f1.go", "fx.go", "app/a/x[1].ts",
		"src/api/a.go", "src/api/deep/b_test.go", "src/api.go", "src/apix/c.go", "{odd}/a*b.go", "(group)/a.ts",
	}
	for _, c := range []struct{ paths, want string }{
		{"", strings.Join(all, " ")},
		{".", strings.Join(all, " ")},
		{"app/[id]/page.ts", "app/[id]/page.ts"},
		{"app/[id]", "app/[id]/page.ts app/[id]/x/y.ts"},
		{"app/[id]/*.ts", "app/[id]/page.ts"},
		{"app/[id]/**", "app/[id]/page.ts app/[id]/x/y.ts"},
		{"app/[...slug]/page.ts", "app/[...slug]/page.ts"},
		{"app/[[...all]]/**", "app/[[...all]]/page.ts"},
		{"**/[id]/**/*.ts", "app/[id]/page.ts app/[id]/x/y.ts"},
		{"pages/[id].tsx", "pages/[id].tsx"},
		{"app/**/x[1].ts", "app/a/x[1].ts"},
		{"f[1].go", "f1.go"},
		{"f[0-9].go", "f1.go"},
		{"f[!0-9].go", "fx.go"},
		{"f?.go", "f1.go fx.go"},
		{"src/api", "src/api/a.go src/api/deep/b_test.go"},
		{"src/api/", "src/api/a.go src/api/deep/b_test.go"},
		{"./src//api/.", "src/api/a.go src/api/deep/b_test.go"},
		{"src/api.go", "src/api.go"},
		{"src/api/*.go", "src/api/a.go"},
		{"src/*/deep", "src/api/deep/b_test.go"},
		{"src/api/** src/apix", "src/api/a.go src/api/deep/b_test.go src/apix/c.go"},
		{"src !**/*_test.go !src/apix", "src/api/a.go src/api.go"},
		{"!app !pages !src", "f1.go fx.go {odd}/a*b.go (group)/a.ts"},
		{"{odd}/a*b.go", "{odd}/a*b.go"},
		{"(group)", "(group)/a.ts"},
		{"{src/api,pages}/*", "src/api/a.go src/api/deep/b_test.go pages/[id].tsx pages/a.tsx"},
		{"nowhere", ""},
	} {
		p, err := ReadPaths(strings.Fields(c.paths))
		if err != nil {
			t.Errorf("%s: %v", c.paths, err)
			continue
		}
		var got []string
		for _, path := range all {
			if p.Match(path) {
				got = append(got, path)
			}
		}
		want := strings.Fields(c.want)
		slices.Sort(got)
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", c.paths, got, want)
		}
		if only, ok := p.Only(); ok { // what a store may ask for in its place
			for _, path := range all {
				if is := path == only || strings.HasPrefix(path, only+"/"); is != p.Match(path) {
					t.Errorf("%s is %s and nothing else, and %s is not", c.paths, only, path)
				}
			}
		}
	}
	for _, bad := range []string{"", "!", "[a", "a/{b", "../x", "a/../../x", "a\x00b", strings.Repeat("a", maxPathPattern+1)} {
		if _, err := ReadPaths([]string{bad}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	if _, err := ReadPaths(make([]string, maxPaths+1)); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("too many: %v", err)
	}
}

func TestNames(t *testing.T) {
	for given, want := range map[string]string{
		"golang": "go", "Go": "go", "cpp": "c++", "C++": "c++", "js": "javascript", "ts": "typescript tsx", "TypeScript": "typescript tsx", "tsx": "tsx",
		"csharp": "c#", "c#": "c#", "bash": "shell", "sh": "shell", "py": "python", "rs": "rust", "rb": "ruby", "markdown": "markdown", "md": "markdown",
		".kt": "kotlin", "kt": "kotlin", "jsx": "javascript", "hpp": "c++", "dockerfile": "dockerfile", "objective-c": "objective-c",
	} {
		if got, err := ReadLanguages([]string{given}); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s is %v, want %s: %v", given, got, want, err)
		}
	}
	if got, err := ReadLanguages([]string{"cs"}); err != nil || !slices.Contains(got, "c#") {
		t.Errorf("cs is %v, %v", got, err)
	}
	for _, bad := range []string{"klingon", "", "go lang uage"} {
		_, err := ReadLanguages([]string{"go", bad})
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "typescript") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for given, want := range map[string]string{
		"func": "function", "function": "function", "Functions": "function", "fn": "function", "def": "function", "method": "method", "class": "type", "classes": "type",
		"struct": "type", "trait": "interface", "enums": "enum", "constant": "const", "heading": "section",
	} {
		if got, err := ReadKinds([]string{given}); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s is %v, want %s: %v", given, got, want, err)
		}
	}
	if _, err := ReadKinds([]string{"klass"}); fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.HintOf(err), "interface") {
		t.Errorf("klass: %v", err)
	}
}
