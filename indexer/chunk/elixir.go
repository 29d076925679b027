package chunk

import (
	"regexp"
	"slices"
	"strings"
)

// elixirGrammar: modules, functions and tests are calls to the parser. The clauses of a function are one definition, with its
// @doc and @spec; modules are kept in symbols, as those of Ruby are.
func elixirGrammar() *grammar {
	block := func(n *node) *node { return n.first("do_block") }
	calls := func(targets ...string) func(n *node) bool {
		return func(n *node) bool {
			target := n.child("target")
			for _, t := range targets {
				if target.is("identifier") && target.text() == t && n.first("arguments") != nil {
					return true
				}
			}
			return false
		}
	}
	module := func(kind string, name func(n *node) string, targets ...string) rule {
		return rule{kind: kind, members: true, global: true, name: name, body: block, doc: elixirModuleDoc, is: calls(targets...)}
	}
	first := func(n *node) string { return strings.Trim(elixirArgument(n).text(), `"`) }
	text := func(n *node) bool { return calls("test", "property")(n) && elixirArgument(n).is("string") }
	return &grammar{
		name:       "elixir",
		version:    "1",
		seeds:      []string{"call"},
		comments:   []string{"comment", elixirDoc},
		attributes: []string{elixirAttribute},
		clean:      elixirClean,
		join:       joinElixir,
		rules: map[string][]rule{
			"call": {
				module(KindModule, first, "defmodule"),
				module(KindInterface, first, "defprotocol"),
				module(KindType, elixirImpl, "defimpl"),
				{kind: KindFunction, name: elixirName, body: block, whole: true, is: calls(
					"def", "defp", "defmacro", "defmacrop", "defguard", "defguardp", "defdelegate", "defn", "defnp")},
				{kind: KindModule, members: true, scope: true, name: first, body: block, is: calls("describe")},
				{kind: KindFunction, name: first, body: block, is: text},
			},
			elixirClauses: one(rule{kind: KindFunction, name: func(n *node) string { return elixirName(n.kids[0]) }, whole: true}),
			"unary_operator": {
				{kind: KindType, name: elixirName, is: func(n *node) bool { return calls("type", "typep", "opaque")(n.child("operand")) }},
				{kind: KindFunction, name: elixirName, whole: true, is: func(n *node) bool {
					return calls("callback", "macrocallback")(n.child("operand"))
				}},
			},
		},
	}
}

// The nodes that joinElixir makes.
const (
	elixirDoc       = "doc_attribute" // @doc and @typedoc
	elixirAttribute = "attribute"     // other attributes of what follows
	elixirClauses   = "clauses"
)

var (
	elixirAttributes = regexp.MustCompile(`^@(?:(doc|typedoc)|spec|impl|deprecated|since|dialyzer|tag|doctag)\b`)
	elixirClause     = regexp.MustCompile(`^(def|defp|defmacro|defmacrop|defguard|defguardp)[ \t]+([\p{L}_][\p{L}\p{N}_]*[?!]?)(?:\(|,|[ \t]+(?:do|when)\b|[ \t]*[\r\n]|$)`)
	elixirQuotes     = regexp.MustCompile(`^@\w+[ \t\r\n]*(?:~[sS])?("""|'''|"|)`)
)

// maxClause is how much of a definition is looked at for its name, in bytes. A tree that nests deep is not gone down for it.
const maxClause = 200

// joinElixir marks the attributes that belong to what follows, and makes one node of the clauses of a function.
func joinElixir(kids []*node) []*node {
	var out []*node
	last, lastName := -1, "" // the clauses before, in out
	for _, c := range kids {
		head := c.tree.src[c.start:min(c.end, c.start+maxClause)]
		switch c.kind {
		case "unary_operator":
			if m := elixirAttributes.FindSubmatch(head); m != nil {
				attribute := *c
				attribute.kind = elixirAttribute
				if len(m[1]) > 0 {
					attribute.kind = elixirDoc
				}
				c = &attribute
			} else {
				last = -1
			}
		case "call":
			m := elixirClause.FindSubmatch(head)
			name := ""
			if m != nil {
				name = string(m[1]) + " " + string(m[2])
			}
			if name == "" || name != lastName {
				last = -1
			}
			if last >= 0 {
				parts := slices.Concat(out[last:], []*node{c})
				if group := out[last]; group.kind == elixirClauses {
					parts = slices.Concat(group.kids, out[last+1:], []*node{c})
				}
				out = append(out[:last], joined(elixirClauses, renamed("clause", "call", parts)...))
				continue
			}
			if lastName = name; name != "" {
				last = len(out)
			}
		case "comment", "end", "do":
		default:
			last = -1
		}
		out = append(out, c)
	}
	return out
}

// elixirArgument is the first argument of a call.
func elixirArgument(n *node) *node {
	for _, c := range n.first("arguments").children() {
		if c.named {
			return c
		}
	}
	return nil
}

// elixirName is what a call of def, or an attribute such as @type, defines.
func elixirName(n *node) string {
	if operand := n.child("operand"); operand != nil {
		n = operand
	}
	n = elixirArgument(n)
	for range 4 {
		switch operator := n.child("operator"); {
		case n.is("call"):
			n = n.child("target")
			return n.text()
		case n.is("binary_operator") && operator.is("when", "::"):
			n = n.child("left")
		case n.is("binary_operator", "unary_operator"):
			return operator.text()
		default:
			return n.text()
		}
	}
	return ""
}

// elixirImpl is the name that the compiler gives an implementation: that of the protocol, then that of the type.
func elixirImpl(n *node) string {
	name := elixirArgument(n).text()
	for _, c := range n.first("arguments").first("keywords").children() {
		if c.child("key").text() == "for: " || strings.TrimSpace(c.child("key").text()) == "for:" {
			return member(name, strings.Join(strings.Fields(c.child("value").text()), " "))
		}
	}
	return name
}

// elixirModuleDoc is the @moduledoc of a module.
func elixirModuleDoc(n *node) string {
	for _, c := range n.first("do_block").children() {
		if text := clip(c.text(), 2*maxDoc); c.kind == "unary_operator" && strings.HasPrefix(text, "@moduledoc") {
			return text
		}
	}
	return ""
}

// elixirClean takes a documentation out of its attribute.
func elixirClean(doc string) string {
	m := elixirQuotes.FindStringSubmatchIndex(doc)
	if m == nil {
		return doc
	}
	quote := doc[m[2]:m[3]]
	if quote == "" { // false, or a call
		return ""
	}
	doc = doc[m[1]:]
	if i := strings.LastIndex(doc, quote); i >= 0 {
		doc = doc[:i]
	}
	return dedent(strings.Split("\n"+strings.Trim(doc, "\r\n"), "\n"))
}
