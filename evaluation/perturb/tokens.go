package perturb

import (
	"slices"
	"strings"

	"loradex/indexer/chunk"
)

// token is what white space stands between: a leaf of the tree, or a node whose white space means something.
type token struct {
	*chunk.Syntax
	parent *chunk.Syntax
	whole  bool // a string, a comment: nothing is said about its inside
}

// wholeParts are parts of the names of node types whose inside must stay as it is.
var wholeParts = []string{"string", "char", "heredoc", "regex", "comment", "jsx_", "literal_content"}

// wholeKinds are node types, whole names.
var wholeKinds = []string{
	"text", "text_interpolation", "token_tree", "macro_definition", "symbol_array", "preproc_def", "preproc_function_def",
	"preproc_include", "preproc_call", "rune_literal", "subshell", "shebang",
}

func isWhole(kind string) bool {
	return slices.Contains(wholeKinds, kind) || slices.ContainsFunc(wholeParts, func(part string) bool { return strings.Contains(kind, part) })
}

func isComment(n *chunk.Syntax) bool { return n.Named && strings.Contains(n.Kind, "comment") }

// tokens lists the tokens of a source in order. What lies between two of them is white space, but for line ends that are
// escaped.
func (s *source) tokens() []token {
	var out []token
	var walk func(n, parent *chunk.Syntax)
	walk = func(n, parent *chunk.Syntax) {
		if whole := n.Named && isWhole(n.Kind); whole || len(n.Children) == 0 {
			if strings.TrimSpace(s.at(n)) != "" {
				out = append(out, token{n, parent, whole})
			}
			return
		}
		for _, c := range n.Children {
			walk(c, n)
		}
	}
	walk(s.root, nil)
	return out
}

// text is what a token says. A comment to the end of the line may have the line's end in it.
func (s *source) textOf(t token) string { return strings.TrimRight(s.at(t.Syntax), " \t\r\n") }
