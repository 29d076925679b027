package arch

// This file says what may stand on the top floor. A verb of the command line is flags, one call and a print; HTTP and the
// editor decode, make one call and encode. Whatever is more belongs into workspace or below, where all of them reach it.

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// The size of the command line, tests apart. When it is reached, logic has come into it that is at home elsewhere.
const (
	verbsFolder   = "cmd/loradex"
	maxVerbs      = 5300 // lines in all
	maxVerb       = 300  // lines of one file
	maxAppMethods = 5    // methods of *app: streams, flags and a session; it may only fall
)

// closed lists, for a folder of the top floor, what it may not import: parts of what another package does whole. The
// editor knows the kinds of chunks, which are words of requests and answers.
var closed = map[string][]string{
	verbsFolder: {
		"adapters/", "embed/model", "embed/train", "evaluation/cosine", "evaluation/metrics", "evaluation/significance", "indexer/gitrepo",
		"search/",
	},
	"api":     {"adapters/", "embed/", "evaluation", "indexer/", "search/"},
	"api/mcp": {"adapters/", "embed/", "evaluation", "indexer/", "search/"},
	"lsp":     {"adapters/", "embed/", "evaluation", "indexer/gitrepo", "indexer/mine", "indexer/watch", "search/"},
}

func checkTop(files []*goFile) []violation {
	var violations []violation
	lines, methods := 0, 0
	for _, f := range files {
		violations = append(violations, checkClosed(f)...)
		if f.test || f.dir != verbsFolder {
			continue
		}
		n := f.line(f.ast.FileEnd)
		lines += n
		methods += methodsOf(f, "app")
		if n > maxVerb {
			violations = append(violations, violation{
				File: f.path, What: strconv.Itoa(n) + " lines, more than " + strconv.Itoa(maxVerb) + " for a verb",
				Fix: "move what is neither flags nor printing into workspace or evaluation",
			})
		}
	}
	if lines > maxVerbs {
		violations = append(violations, violation{
			File: verbsFolder, What: strconv.Itoa(lines) + " lines, more than " + strconv.Itoa(maxVerbs),
			Fix: "move logic into workspace or evaluation; a verb is flags, one call and a print",
		})
	}
	if methods > maxAppMethods {
		violations = append(violations, violation{
			File: verbsFolder, What: "app has " + strconv.Itoa(methods) + " methods, more than " + strconv.Itoa(maxAppMethods),
			Fix: "what needs an open index is a method of workspace's types",
		})
	}
	return violations
}

// checkClosed looks for imports that a folder of the top floor may not have. An entry that ends with a slash is for what
// lies below that folder, and not for the folder itself. Tests may set the stage with anything.
func checkClosed(f *goFile) []violation {
	if f.test {
		return nil
	}
	var violations []violation
	for _, spec := range f.ast.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		dir, ours := strings.CutPrefix(target, module+"/")
		if err != nil || !ours {
			continue
		}
		shut := slices.ContainsFunc(closed[f.dir], func(c string) bool {
			below, only := strings.CutSuffix(c, "/")
			return within(dir, below) && (!only || dir != below)
		})
		if shut {
			violations = append(violations, violation{
				File: f.path, Line: f.line(spec.Pos()), What: "imports " + target + ", which " + f.dir + " reaches through what stands between",
				Fix: "call workspace, or the package of evaluation that does it whole",
			})
		}
	}
	return violations
}

// methodsOf counts the methods of a type, or of pointers to it.
func methodsOf(f *goFile, name string) int {
	n := 0
	for _, decl := range f.ast.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			continue
		}
		t := fn.Recv.List[0].Type
		if star, ok := t.(*ast.StarExpr); ok {
			t = star.X
		}
		if id, ok := t.(*ast.Ident); ok && id.Name == name {
			n++
		}
	}
	return n
}
