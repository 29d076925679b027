package arch

// This file holds the rules about Go code that are not about imports.

import (
	"bytes"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxLines is how long a source file may be; half of ours should stay below 150.
const maxLines = 600

// sourceExtensions are the files that the limit is for. Locks, data and documents may be longer.
var sourceExtensions = []string{".go", ".py", ".sh", ".lua", ".js", ".ts"}

// noName are package names that say nothing about what is inside.
var noName = []string{"base", "common", "helpers", "misc", "shared", "util", "utils"}

func checkLength(name string, data []byte) []violation {
	lines := bytes.Count(data, []byte{'\n'})
	if lines <= maxLines || !slices.Contains(sourceExtensions, path.Ext(name)) {
		return nil
	}
	return []violation{{
		File: name, What: strconv.Itoa(lines) + " lines, more than " + strconv.Itoa(maxLines),
		Fix: "split it by what the parts do",
	}}
}

// environment are the functions of package os that read or change the process's environment.
var environment = []string{"Environ", "ExpandEnv", "Getenv", "LookupEnv", "Setenv", "Unsetenv", "UserCacheDir", "UserConfigDir", "UserHomeDir"}

// mayReadEnvironment: commands and tools read it and pass on what they found; tests look for native parts there.
func mayReadEnvironment(f *goFile) bool {
	return f.test || strings.HasSuffix(f.dir, "test") || within(f.dir, "cmd") || within(f.dir, "scripts") || within(f.dir, "internal/home")
}

func checkCode(f *goFile) []violation {
	var violations []violation
	for _, decl := range f.ast.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			violations = append(violations, violation{
				File: f.path, Line: f.line(fn.Pos()), What: "func init runs before anything can ask for it",
				Fix: "use a table that main or the caller reads",
			})
		}
	}
	osName := importName(f.ast, "os")
	if osName == "" || mayReadEnvironment(f) {
		return violations
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == osName && slices.Contains(environment, sel.Sel.Name) {
			violations = append(violations, violation{
				File: f.path, Line: f.line(sel.Pos()), What: "os." + sel.Sel.Name + " reaches for the environment",
				Fix: "take the value as an option; cmd reads the environment",
			})
		}
		return true
	})
	return violations
}

// importName returns the name by which a file knows a package of the standard library, or "" if it does not import it.
func importName(f *ast.File, target string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value != strconv.Quote(target) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(target)
	}
	return ""
}

// checkPackages holds the rules about a whole package: it has a doc, and a name that means something.
func checkPackages(files []*goFile) []violation {
	type pkg struct {
		name string
		doc  bool
	}
	pkgs := map[string]*pkg{}
	var dirs []string
	for _, f := range files {
		if f.test {
			continue
		}
		p := pkgs[f.dir]
		if p == nil {
			p = &pkg{name: f.ast.Name.Name}
			pkgs[f.dir] = p
			dirs = append(dirs, f.dir)
		}
		begin := "Package " + p.name + " "
		if p.name == "main" {
			begin = "Command "
		}
		p.doc = p.doc || strings.HasPrefix(f.ast.Doc.Text(), begin)
	}
	var violations []violation
	for _, dir := range dirs {
		p := pkgs[dir]
		if !p.doc {
			begin := "Package " + p.name
			if p.name == "main" {
				begin = "Command " + path.Base(dir)
			}
			violations = append(violations, violation{
				File: dir, What: "package " + p.name + " has no package doc",
				Fix: "begin one file with `// " + begin + " …`: what it is, how it is used, an example",
			})
		}
		if slices.Contains(noName, p.name) {
			violations = append(violations, violation{
				File: dir, What: "the name " + p.name + " says nothing about what is inside",
				Fix: "name the package after what it does",
			})
		}
	}
	return violations
}
