// Package arch holds tests of the whole tree, for the rules that no single package can check: the order in which folders
// import each other, where cgo may be, and a few rules of the house. One test runs them over this module, and another
// proves on small made-up trees that each rule catches what it is for. No program has any of this in it.
//
// The files are parsed here. A check that calls `go list` can pass from the test cache after a violation, since go test
// sees only the files that a test opens.
package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// module is the module path that imports of our own packages begin with.
const module = "loradex"

// violation is one broken rule.
type violation struct {
	File string // slash-separated, below the root; a folder where the rule is about a package
	Line int    // from 1; 0 where the rule is about the whole file
	What string // what is wrong
	Fix  string // what to do instead
}

// String is the violation as one line, like a compiler's: place, fault, fix.
func (v violation) String() string {
	place := v.File
	if v.Line > 0 {
		place = fmt.Sprintf("%s:%d", v.File, v.Line)
	}
	return fmt.Sprintf("%s: %s  <- %s", place, v.What, v.Fix)
}

// goFile is a parsed Go file of the module.
type goFile struct {
	path string // below the root
	dir  string // its folder; "." for the root
	test bool   // a _test.go file
	fset *token.FileSet
	ast  *ast.File
}

func (f *goFile) line(pos token.Pos) int { return f.fset.Position(pos).Line }

// check runs every rule over the module whose root is fsys and returns what breaks one, in the order of the files.
// Folders named testdata hold no code of ours: only the text rules look there. It fails when a file cannot be read or
// a Go file does not parse.
func check(fsys fs.FS) ([]violation, error) {
	var violations []violation
	var files []*goFile
	ignored, err := readIgnored(fsys)
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && ignored.dir(name):
			return fs.SkipDir
		case entry.IsDir() || !entry.Type().IsRegular() || ignored.file(name):
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		violations = append(violations, checkText(name, data)...)
		if inTestdata(name) {
			return nil
		}
		violations = append(violations, checkLength(name, data)...)
		if path.Ext(name) != ".go" {
			return nil
		}
		f := &goFile{path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), fset: token.NewFileSet()}
		f.ast, err = parser.ParseFile(f.fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		violations = append(violations, checkImports(f)...)
		violations = append(violations, checkCgo(f)...)
		violations = append(violations, checkCode(f)...)
	}
	violations = append(violations, checkPackages(files)...)
	violations = append(violations, checkTop(files)...)
	slices.SortStableFunc(violations, func(a, b violation) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return violations, nil
}

func inTestdata(name string) bool { return slices.Contains(strings.Split(name, "/"), "testdata") }

// within reports whether a folder is dir or lies below it.
func within(folder, dir string) bool { return folder == dir || strings.HasPrefix(folder, dir+"/") }
