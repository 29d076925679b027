package perturb

import (
	"strings"

	"loradex/indexer/chunk"
)

// This file takes comments and docstrings out.

// withoutComments removes every comment with the space before it, and the whole line where nothing else is on it. A
// docstring is a string that stands as the first statement of a module, class or function; where it is the only one,
// `pass` takes its place. A line "#!" at the start is no comment to the system, and stays.
func withoutComments(s *source, _ Options) attempt {
	var edits []edit
	s.root.Walk(func(n *chunk.Syntax) bool {
		switch {
		case isComment(n):
			if !s.isShebang(n) {
				edits = append(edits, s.cut(n))
			}
			return false
		case s.language == "python" && isDocstring(s, n):
			e := s.cut(n)
			if body := s.above(n); body.Kind == "block" && len(body.Children) == commentsOf(body)+1 {
				e = edit{n.Start, n.End, "pass"}
			}
			edits = append(edits, e)
			return false
		}
		return true
	})
	return attempt{edits: edits, holds: func(_, after *source) bool { return !after.commented() }}
}

func isComment(n *chunk.Syntax) bool { return n.Named && strings.Contains(n.Kind, "comment") }

func commentsOf(n *chunk.Syntax) int {
	count := 0
	for _, c := range n.Children {
		if isComment(c) {
			count++
		}
	}
	return count
}

// commented tells whether a comment or docstring is left.
func (s *source) commented() bool {
	found := false
	s.root.Walk(func(n *chunk.Syntax) bool {
		found = found || isComment(n) && !s.isShebang(n) || s.language == "python" && isDocstring(s, n)
		return !found
	})
	return found
}

func (s *source) isShebang(n *chunk.Syntax) bool {
	return n.Start == len(s.frame.before) && strings.HasPrefix(s.at(n), "#!")
}

// isDocstring tells whether a statement of Python is documentation.
func isDocstring(s *source, n *chunk.Syntax) bool {
	if n.Kind != "expression_statement" || len(n.Children) != 1 || !strings.HasSuffix(n.Children[0].Kind, "string") {
		return false
	}
	body := s.above(n)
	if body == nil || body.Kind != "module" && body.Kind != "block" {
		return false
	}
	if body.Kind == "block" {
		owner := s.above(body)
		if owner == nil || owner.Kind != "function_definition" && owner.Kind != "class_definition" {
			return false
		}
	}
	for _, c := range body.Children {
		if c == n {
			return true
		}
		if !isComment(c) {
			return false
		}
	}
	return false
}

// cut removes a node with what it leaves behind: a blank line, or spaces at the end of one. A comment between two tokens
// of a line leaves a space, and one over several lines between tokens a line end, which can end a statement.
func (s *source) cut(n *chunk.Syntax) edit {
	start := n.Start
	text := strings.TrimRight(s.at(n), "\r\n") // some grammars put the line's end into the comment
	end := start + len(text)
	low, high := len(s.frame.before), len(s.text)-len(s.frame.after)
	line := start
	for line > low && strings.IndexByte(" \t", s.text[line-1]) >= 0 {
		line--
	}
	rest := end
	for rest < high && strings.IndexByte(" \t\r", s.text[rest]) >= 0 {
		rest++
	}
	first, last := line == low || s.text[line-1] == '\n', rest == high || s.text[rest] == '\n'
	switch {
	case first && last && rest < high:
		return edit{line, rest + 1, ""}
	case first && last && line > low:
		return edit{line - 1, rest, ""}
	case first:
		return edit{start, rest, ""} // the code behind it keeps the indentation
	case last:
		return edit{line, end, ""}
	case strings.Contains(text, "\n"):
		return edit{line, rest, "\n"}
	}
	return edit{line, rest, " "}
}
