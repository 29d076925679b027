package arch

// This file says where cgo may be. Everything else must compile with CGO_ENABLED=0, and without the tag ORT.

import (
	"go/ast"
	"go/build/constraint"
	"slices"
	"strconv"
	"strings"
)

// cgoFolder is a folder that may use cgo, in files that leave the build when one of the tags is off.
type cgoFolder struct {
	dir  string
	tags []string
}

var cgoFolders = []cgoFolder{
	{"embed/runtime", []string{"cgo", "ORT"}},
	{"indexer/chunk", []string{"cgo"}},
}

// cgoModules need cgo, or need native libraries that only those folders may need.
var cgoModules = []string{
	"github.com/alexaandru/go-sitter-forest",
	"github.com/daulet/tokenizers",
	"github.com/knights-analytics/hugot",
	"github.com/tree-sitter",
	"github.com/tree-sitter-grammars",
	"github.com/yalue/onnxruntime_go",
}

func checkCgo(f *goFile) []violation {
	var violations []violation
	for _, spec := range f.ast.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil || target != "C" && !slices.ContainsFunc(cgoModules, func(m string) bool { return within(target, m) }) {
			continue
		}
		i := slices.IndexFunc(cgoFolders, func(c cgoFolder) bool { return within(f.dir, c.dir) })
		if i < 0 {
			violations = append(violations, violation{
				File: f.path, Line: f.line(spec.Pos()), What: "imports " + strconv.Quote(target) + ", which needs cgo or a native library",
				Fix: "only embed/runtime and indexer/chunk may; use what they export",
			})
			continue
		}
		for _, tag := range cgoFolders[i].tags {
			if builtWithout(f.ast, tag) {
				violations = append(violations, violation{
					File: f.path, Line: f.line(spec.Pos()), What: "imports " + strconv.Quote(target) + " but is built without the tag " + tag,
					Fix: "begin the file with `//go:build " + strings.Join(cgoFolders[i].tags, " && ") + "`",
				})
			}
		}
	}
	return violations
}

// builtWithout reports whether a file can be part of a build that lacks the tag, all other tags on.
func builtWithout(f *ast.File, tag string) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			if !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			return err != nil || expr.Eval(func(t string) bool { return t != tag })
		}
	}
	return true
}
