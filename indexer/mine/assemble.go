package mine

import (
	"cmp"
	"slices"
	"strings"

	"loradex/internal/dataset"
)

// This file decides which of the pairs that were found are used: each query once, in one split, without leaks.

// maxAnswers is how many definitions a query may have; with more it asks for nothing in particular.
const maxAnswers = 4

// maxPerDocument bounds the pairs of one kind with the same first document: else the tests of a few functions, or the
// commits to them, would be all there is.
const maxPerDocument = 3

// assembly is the state of choosing.
type assembly struct {
	*run
	usable []bool // by document: its code is in no split that comes first
	alias  []int  // by document: the first one with the same code in the same split
}

// choice is a pair that is used, of one split.
type choice struct {
	pair
	split dataset.Split
	key   string
	draw  float64
	// elsewhere: other code that answers the query is in another split, or was left out.
	elsewhere bool
}

// newAssembly finds out which documents say the same. Code that occurs in several splits belongs to the first in the
// order of splits, also where only the definition's name differs.
func newAssembly(r *run) *assembly {
	docs := r.corpus.docs
	a := &assembly{run: r, usable: make([]bool, len(docs)), alias: make([]int, len(docs))}
	owner := map[string]dataset.Split{}
	first := map[string]int{} // of the present split
	for _, split := range splits {
		clear(first)
		for i := range docs {
			d := &docs[i]
			if d.split != split {
				continue
			}
			a.usable[i], a.alias[i] = true, i
			for _, key := range []string{d.key, d.maskedKey} {
				if was, taken := owner[key]; taken && was != split {
					a.usable[i] = false
				}
			}
			if !a.usable[i] {
				continue
			}
			owner[d.key], owner[d.maskedKey] = split, split
			if _, again := first[d.key]; !again {
				first[d.key] = i
			}
			a.alias[i] = first[d.key]
		}
	}
	return a
}

// choose returns the pairs that are used.
func (a *assembly) choose(found []pair) []choice {
	var out []choice
	at := map[string]int{} // by key of the query
	for _, split := range splits {
		for _, p := range found {
			if len(p.docs) == 0 || a.corpus.docs[p.docs[0]].split != split {
				continue
			}
			c := choice{pair: p, split: split, key: queryKey(p), draw: draw(a.opts.Seed, "pair", string(p.kind)+p.id)}
			c.docs = a.settle(p.docs, split)
			c.elsewhere = slices.ContainsFunc(p.docs, func(i int) bool { return !a.usable[i] || a.corpus.docs[i].split != split })
			was, again := at[c.key]
			if why := a.refuse(c); why != "" {
				a.report.leave(p.kind, why)
				if again {
					out[was].elsewhere = true
				}
				continue
			}
			if !again {
				at[c.key] = len(out)
				out = append(out, c)
				continue
			}
			if why := out[was].add(c); why != "" {
				a.report.leave(p.kind, why)
			}
		}
	}
	out = slices.DeleteFunc(out, func(c choice) bool {
		if len(c.docs) > maxAnswers {
			a.report.leave(c.kind, leftUnclear)
			return true
		}
		return false
	})
	return a.limit(a.withoutWeak(out))
}

// queryKey is equal for queries that differ in white space, case or, in prose, punctuation only.
func queryKey(p pair) string {
	if p.language != "" {
		return "code " + codeKey(p.query)
	}
	return wordsKey(p.query)
}

// settle keeps the documents of a pair that its split may use, each once.
func (a *assembly) settle(docs []int, split dataset.Split) []int {
	var out []int
	for _, i := range docs {
		if a.usable[i] && a.corpus.docs[i].split == split && !slices.Contains(out, a.alias[i]) {
			out = append(out, a.alias[i])
		}
	}
	return out
}

// refuse says why a pair may not be used at all.
func (a *assembly) refuse(c choice) string {
	switch {
	case len(c.docs) == 0:
		return leftOverlap
	case isWeak(c.kind) && c.split != dataset.Train:
		return leftHeldBack
	case c.language != "":
		return ""
	}
	probe := " " + beginning(c.key) + " "
	for _, i := range c.docs {
		d := &a.corpus.docs[i]
		texts := []string{d.text}
		if isWeak(c.kind) {
			texts[0] = d.masked(a.opts.Template)
			if strings.Contains(compact(texts[0]), compact(c.query)) {
				return leftLeak // "readBodyOf" in the body of readBody
			}
		}
		for _, part := range d.parts {
			texts = append(texts, a.corpus.docs[part].text)
		}
		for _, text := range texts {
			if strings.Contains(" "+wordsKey(text)+" ", probe) {
				return leftLeak
			}
		}
	}
	return ""
}

// probeWords is how much of a query, word by word, a document may not hold.
const probeWords = 8

// beginning returns the first words of a key: what is left of a comment that was cut is its beginning.
func beginning(key string) string {
	words := strings.Fields(key)
	return strings.Join(words[:min(len(words), probeWords)], " ")
}

// add takes the documents of a pair with the same query, or says why not.
func (c *choice) add(other choice) string {
	c.elsewhere = c.elsewhere || other.elsewhere || c.split != other.split
	if c.split != other.split {
		return leftOverlap
	}
	if isWeak(c.kind) != isWeak(other.kind) {
		return leftStronger // their documents are different texts
	}
	more := false
	for _, i := range other.docs {
		if !slices.Contains(c.docs, i) {
			c.docs, more = append(c.docs, i), true
		}
	}
	if !more {
		return leftDuplicate
	}
	return ""
}

// withoutWeak drops weak pairs whose documents are named by a strong one: a document is shown with its name or without,
// never both.
func (a *assembly) withoutWeak(all []choice) []choice {
	named := map[int]bool{}
	for _, c := range all {
		if isWeak(c.kind) {
			continue
		}
		for _, i := range c.docs {
			named[i] = true
			for _, part := range a.corpus.docs[i].parts {
				named[a.alias[part]] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(c choice) bool {
		stronger := isWeak(c.kind) && slices.ContainsFunc(c.docs, func(i int) bool { return named[i] })
		if stronger {
			a.report.leave(c.kind, leftStronger)
		}
		return stronger
	})
}

// limit keeps what the limits of pairs allow: strong pairs before weak ones, else by the draw.
func (a *assembly) limit(all []choice) []choice {
	slices.SortFunc(all, func(x, y choice) int {
		if wx, wy := isWeak(x.kind), isWeak(y.kind); wx != wy {
			if wy {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.draw, y.draw), strings.Compare(x.fullID(), y.fullID()))
	})
	type reason struct {
		kind Kind
		doc  int
	}
	perFile, perDocument := map[string]int{}, map[reason]int{}
	kept := 0
	return slices.DeleteFunc(all, func(c choice) bool {
		file, doc := a.corpus.docs[c.docs[0]].path, reason{c.kind, c.docs[0]}
		if kept >= a.opts.limits.pairs || perFile[file] >= a.opts.limits.perFile || perDocument[doc] >= maxPerDocument {
			a.report.leave(c.kind, leftLimit)
			return true
		}
		kept++
		perFile[file]++
		perDocument[doc]++
		return false
	})
}

func (p pair) fullID() string { return string(p.kind) + ":" + p.id }
