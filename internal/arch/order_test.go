package arch

// This file defines the import order. It is the one place that says which folder is above which.

import (
	"slices"
	"strconv"
	"strings"
)

// layers are the top folders from low to high. A folder imports only itself and folders before it. internal is lowest:
// all may import it, and it imports nothing of ours but itself.
var layers = []string{"internal", "adapters", "embed", "indexer", "search", "evaluation", "workspace", "api", "lsp", "cmd"}

// tools are top folders outside the order: programs for people who work on Loradex. They import internal at most, and
// nothing imports them.
var tools = []string{"scripts", "bench"}

// apart lists pairs inside one layer where the first may not import the second. It holds for test files too.
var apart = []struct {
	from, to string
	exact    bool // only the folder `to` itself, not what lies below it
}{
	{from: "adapters/safetensors", to: "adapters", exact: true},
	{from: "adapters/safetensors", to: "adapters/peft"},
	{from: "adapters/torchfile", to: "adapters", exact: true},
	{from: "adapters/torchfile", to: "adapters/peft"},
	{from: "adapters/folder", to: "adapters", exact: true},
	{from: "adapters/folder", to: "adapters/peft"},
	{from: "adapters/peft", to: "adapters", exact: true},
	{from: "adapters/adapterhub", to: "adapters", exact: true},
	{from: "search/sqlite", to: "search/qdrant"},
	{from: "search/qdrant", to: "search/sqlite"},
}

// checkImports holds the imports of one file against the order.
func checkImports(f *goFile) []violation {
	var violations []violation
	top := topOf(f.dir)
	from := slices.Index(layers, top)
	tool := slices.Contains(tools, top)
	if from < 0 && !tool {
		return []violation{{
			File: f.path, What: "the folder " + top + " is not in the import order",
			Fix: "move the file, or give the folder its place in internal/arch/order_test.go",
		}}
	}
	for _, spec := range f.ast.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil { // the parser has checked it
			continue
		}
		dir, ours := strings.CutPrefix(target, module+"/")
		if !ours {
			continue
		}
		to := slices.Index(layers, topOf(dir))
		switch {
		case tool && dir != f.dir && topOf(dir) != "internal":
			violations = append(violations, violation{
				File: f.path, Line: f.line(spec.Pos()), What: "imports " + target + ", but " + top + " holds tools",
				Fix: "tools import internal at most; move the code to cmd if it is part of loradex",
			})
		case !tool && to < 0:
			violations = append(violations, violation{
				File: f.path, Line: f.line(spec.Pos()), What: "imports " + target + ", which is not in the import order",
				Fix: "move the code into a folder of the order",
			})
		case !tool && to > from:
			violations = append(violations, violation{
				File: f.path, Line: f.line(spec.Pos()), What: "imports " + target + ", which is above " + top,
				Fix: "declare a small interface in " + top + " and let the higher folder implement it",
			})
		}
		for _, pair := range apart {
			if within(f.dir, pair.from) && (dir == pair.to || !pair.exact && within(dir, pair.to)) {
				violations = append(violations, violation{
					File: f.path, Line: f.line(spec.Pos()), What: "imports " + target + ", but " + pair.from + " may not import " + pair.to,
					Fix: "put what both need into a folder below them",
				})
			}
		}
	}
	return violations
}

func topOf(dir string) string {
	top, _, _ := strings.Cut(dir, "/")
	return top
}
