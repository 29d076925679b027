package perturb

import (
	"regexp"
	"slices"
	"strings"

	"loradex/indexer/chunk"
)

// This file renames what a text declares.

// rename gives every local variable, parameter, function and method that a text declares another name, the same one
// wherever it occurs. Left alone are types, fields, imports, what the text does not declare, and declared names that
//
//   - a language or its run time knows: main, constructors, "__init__", overriding methods;
//   - mean something outside: named like a type, field or macro of the text, used as a shorthand (`{a}`) or a symbol;
//   - are used before they are declared, or in their own first value: then another thing of that name is meant there;
//   - are methods that the text also calls on other objects, or whose name it uses without any, where methods need one.
//
// Comments and strings are not searched for names; expressions in strings are.
func rename(s *source, o Options) attempt {
	all := s.occurrences()
	names := s.renamed(all, o)
	var edits []edit
	for _, occ := range all {
		if fresh, ok := names[occ.key]; ok && occ.renames(names) {
			edits = append(edits, edit{occ.node.Start, occ.node.End, fresh.spell(s.at(occ.node))})
		}
	}
	return attempt{edits: edits, holds: sameButNames}
}

// fresh is a new name.
type fresh struct {
	name  string
	class class
}

// spell writes a new name in place of an old one, with the mark of PHP's variables.
func (f fresh) spell(old string) string {
	if strings.HasPrefix(old, "$") {
		return "$" + f.name
	}
	return f.name
}

// renames tells whether an occurrence is one of those that get a new name.
func (o occurrence) renames(names map[string]fresh) bool {
	return o.role == free || o.role == own && names[o.key].class == method
}

// known is what a text says about one name.
type known struct {
	class     class
	declared  bool
	firstUse  int // the first free occurrence
	firstHere int // from where on it is declared
	by        *chunk.Syntax
	at        *chunk.Syntax
	stays     bool
}

// renamed decides which names change, and to what.
func (s *source) renamed(all []occurrence, o Options) map[string]fresh {
	table := map[string]*known{}
	get := func(key string) *known {
		if table[key] == nil {
			table[key] = &known{firstUse: -1}
		}
		return table[key]
	}
	heads := map[*chunk.Syntax]bool{} // the names of methods where they are declared
	for _, d := range s.declaredNames() {
		k := get(s.keyOf(d.name))
		heads[d.name] = d.class == method
		k.stays = k.stays || s.isReserved(d)
		if from := s.scopeStart(d); !k.declared || from < k.firstHere {
			k.firstHere, k.by, k.at = from, d.by, d.name
		}
		k.class, k.declared = max(k.class, d.class), true
	}
	taken := map[string]bool{}
	for _, occ := range all {
		taken[strings.TrimPrefix(s.at(occ.node), "$")] = true
		k := get(occ.key)
		switch occ.role {
		case fixed:
			k.stays = true
		case member:
			k.stays = k.stays || k.class == method
		case free:
			if k.firstUse < 0 {
				k.firstUse = occ.node.Start
			}
			switch {
			case k.class == variable:
				k.stays = k.stays || k.declared && k.inOwnValue(occ.node)
			case k.class == method && !heads[occ.node] && !slices.Contains(implicitThis, s.language):
				k.stays = true // another thing of that name: a method needs its object
			}
		}
	}
	types := s.typeNames()
	for _, occ := range all {
		// A named argument of a function or a constructor of this text is its parameter; one of something that the text does not
		// declare is none of ours.
		if callee, argument := s.calledBy(occ.node); occ.role == label && argument {
			own := table[callee] != nil && table[callee].declared
			if own || types[callee] || callee == "" {
				key := occ.key
				if s.language == "php" {
					key = "$" + key // a parameter is a variable there, and its label has no sign
				}
				get(key).stays = true
			}
		}
	}
	for name := range s.wordsOutside() {
		get(name).stays = true
	}
	names := map[string]fresh{}
	namer := newNamer(o, o.source(Rename, s.own()), taken)
	for _, occ := range all {
		k := table[occ.key]
		if _, done := names[occ.key]; done || !k.declared || k.stays || k.class == variable && k.firstUse < k.firstHere {
			continue
		}
		names[occ.key] = fresh{namer.name(s.language, strings.TrimPrefix(s.at(occ.node), "$"), k.class != variable), k.class}
	}
	return names
}

// calledBy returns the name of the function or type that a named argument is given to, "" where that is not to be seen, and
// whether a label is one: others are not.
func (s *source) calledBy(n *chunk.Syntax) (callee string, argument bool) {
	at := s.above(n)
	if at.Kind != "keyword_argument" && at.Kind != "argument" {
		return "", false
	}
	call := s.above(s.above(at))
	if call == nil {
		return "", true
	}
	for _, field := range []string{"function", "type", "name"} {
		if named := call.Child(field); named != nil {
			callee = s.at(named)
			return callee[strings.LastIndexAny(callee, ".>:\\")+1:], true
		}
	}
	for _, c := range call.Children { // new Type(…) of PHP
		if c.Kind == "name" || c.Kind == "qualified_name" {
			callee = s.at(c)
			return callee[strings.LastIndexAny(callee, ".>:\\")+1:], true
		}
	}
	return "", true
}

// typeNames are the classes and the like that the text declares: a call of one is a call of its constructor.
func (s *source) typeNames() map[string]bool {
	out := map[string]bool{}
	s.root.Walk(func(n *chunk.Syntax) bool {
		if name := n.Child("name"); name != nil && (strings.HasPrefix(n.Kind, "class") || strings.HasPrefix(n.Kind, "struct") ||
			strings.HasPrefix(n.Kind, "record") || strings.HasPrefix(n.Kind, "enum") || strings.HasPrefix(n.Kind, "attribute")) {
			out[s.at(name)] = true
		}
		return true
	})
	return out
}

// implicitThis are the languages in which a method may be called by its name alone.
var implicitThis = []string{"java", "c#", "c++", "ruby"}

// inOwnValue tells whether a node lies in the value that the first declaration of a name gives it, outside of functions.
func (k *known) inOwnValue(n *chunk.Syntax) bool {
	if n.Start <= k.at.Start || n.Start >= k.by.End || !strings.Contains(k.by.Kind, "decl") && k.by.Kind != "assignment" &&
		k.by.Kind != "var_spec" && k.by.Kind != "const_spec" && k.by.Kind != "assignment_expression" && k.by.Kind != "variable_assignment" {
		return false
	}
	for _, c := range k.by.Children {
		if (c.Field == "value" || c.Field == "right") && n.Start >= c.Start && n.End <= c.End {
			return !strings.Contains(c.Kind, "function") && !strings.Contains(c.Kind, "closure") && !strings.Contains(c.Kind, "lambda")
		}
	}
	return false
}

// scopeStart is from where on a declared name may be used: in a comprehension, before it is declared.
func (s *source) scopeStart(d declared) int {
	if d.by.Kind != "for_in_clause" {
		return d.name.Start
	}
	for p := s.above(d.by); p != nil; p = s.above(p) {
		if strings.Contains(p.Kind, "comprehension") || p.Kind == "generator_expression" {
			return p.Start
		}
	}
	return d.name.Start
}

var (
	word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	// captured is a name in a format string of Rust.
	captured = regexp.MustCompile(`\{([A-Za-z_][A-Za-z0-9_]*)`)
)

// wordsOutside are names in text that no parser takes apart: macros of C, format strings of Rust, and the last parts of
// Go's import paths.
func (s *source) wordsOutside() map[string]bool {
	out := map[string]bool{}
	s.root.Walk(func(n *chunk.Syntax) bool {
		switch {
		case n.Kind == "preproc_arg":
			for _, w := range word.FindAllString(s.at(n), -1) {
				out[w] = true
			}
		case s.language == "rust" && n.Kind == "string_literal":
			for _, m := range captured.FindAllStringSubmatch(s.at(n), -1) {
				out[m[1]] = true
			}
		case n.Kind == "import_spec":
			if path := n.Child("path"); path != nil {
				text := strings.Trim(s.at(path), "\"`")
				out[text[strings.LastIndexByte(text, '/')+1:]] = true
			}
		}
		return true
	})
	return out
}

// sameButNames tells whether two sources have the same tree, and tokens that differ only in names, one for one.
func sameButNames(before, after *source) bool {
	if shape(before.root) != shape(after.root) {
		return false
	}
	x, y := leaves(before.root), leaves(after.root)
	if len(x) != len(y) {
		return false
	}
	to, from := map[string]string{}, map[string]string{}
	for i := range x {
		old, now := before.at(x[i]), after.at(y[i])
		if old == now {
			continue
		}
		if !slices.Contains(nameKinds, x[i].Kind) || x[i].Kind != y[i].Kind {
			return false
		}
		old, now = before.keyOf(x[i]), strings.TrimPrefix(now, "$")
		if was, ok := to[old]; ok && was != now {
			return false
		}
		if was, ok := from[now]; ok && was != old {
			return false
		}
		to[old], from[now] = now, old
	}
	return true
}

// leaves lists the leaves of a tree, those of which a name consists as one.
func leaves(root *chunk.Syntax) []*chunk.Syntax {
	var out []*chunk.Syntax
	root.Walk(func(n *chunk.Syntax) bool {
		if len(n.Children) == 0 || slices.Contains(nameKinds, n.Kind) {
			out = append(out, n)
			return false
		}
		return true
	})
	return out
}
