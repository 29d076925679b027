package mine

import (
	"cmp"
	"slices"
	"strings"

	"loradex/internal/dataset"
)

// This file turns the pairs that are used into sets.

// sets makes the splits, and counts.
func (a *assembly) sets(chosen []choice) map[dataset.Split]*dataset.Dataset {
	out := map[dataset.Split]*dataset.Dataset{}
	for _, split := range splits {
		var of []choice
		for _, c := range chosen {
			if c.split == split {
				of = append(of, c)
			}
		}
		if len(of) == 0 {
			continue
		}
		slices.SortFunc(of, func(x, y choice) int { return strings.Compare(x.fullID(), y.fullID()) })
		out[split] = a.set(split, of)
	}
	return out
}

func (a *assembly) set(split dataset.Split, of []choice) *dataset.Dataset {
	set := &dataset.Dataset{Split: split}
	summary := splitReport{Queries: len(of), Kinds: map[Kind]int{}}
	weak := map[int]bool{} // documents that do not show their name
	answers := make([][]int, len(of))
	var positives []int
	for q, c := range of {
		answers[q] = c.docs
		if !isWeak(c.kind) {
			answers[q] = a.withParts(c.docs)
		}
		for _, i := range answers[q] {
			weak[i] = isWeak(c.kind)
		}
		positives = append(positives, answers[q]...)
		summary.Kinds[c.kind]++
		a.report.Kinds[c.kind]++
		a.report.Languages[a.corpus.docs[c.docs[0]].language]++
		a.report.Pairs++
	}
	slices.Sort(positives)
	positives = slices.Compact(positives)
	summary.Positives = len(positives)
	all := positives
	if split != dataset.Train {
		all = append(all, a.pool(split, positives)...)
	}
	position, files := map[int]int32{}, map[string]bool{}
	for n, i := range all {
		d := &a.corpus.docs[i]
		text := d.text
		if weak[i] {
			text = d.masked(a.opts.Template)
		}
		set.Docs = append(set.Docs, dataset.Text{ID: d.id, Text: text, Language: d.language})
		position[i], files[d.path] = int32(n), true //nolint:gosec // limits.chunks bounds them
	}
	for q, c := range of {
		set.Queries = append(set.Queries, dataset.Text{ID: c.fullID(), Text: c.query, Language: c.language})
		var judged []dataset.Judgement
		for _, i := range answers[q] {
			judged = append(judged, dataset.Judgement{Doc: position[i], Grade: 1})
		}
		set.Judgements = append(set.Judgements, judged)
	}
	summary.Documents, summary.Files = len(set.Docs), len(files)
	a.report.Splits[split] = summary
	return set
}

// withParts adds the later parts of split definitions, after all heads.
func (a *assembly) withParts(heads []int) []int {
	out := slices.Clone(heads)
	for _, i := range heads {
		for _, part := range a.settle(a.corpus.docs[i].parts, a.corpus.docs[i].split) {
			if !slices.Contains(out, part) {
				out = append(out, part)
			}
		}
	}
	return out
}

// pool lists the other documents of a split: all that a search in its files would have to tell from the right one, or
// limits.pool of them by a seeded hash.
func (a *assembly) pool(split dataset.Split, positives []int) []int {
	var out []int
	for i := range a.corpus.docs {
		if a.usable[i] && a.corpus.docs[i].split == split && a.alias[i] == i {
			if _, answer := slices.BinarySearch(positives, i); !answer {
				out = append(out, i)
			}
		}
	}
	if len(out) > a.opts.limits.pool {
		draws := map[int]float64{}
		for _, i := range out {
			draws[i] = draw(a.opts.Seed, "pool", a.corpus.docs[i].id)
		}
		slices.SortFunc(out, func(x, y int) int { return cmp.Or(cmp.Compare(draws[x], draws[y]), cmp.Compare(x, y)) })
		out = out[:a.opts.limits.pool]
		slices.Sort(out)
	}
	return out
}

// documents lists all that may be found, each text once.
func (a *assembly) documents() []Document {
	var out []Document
	for i := range a.corpus.docs {
		if d := &a.corpus.docs[i]; a.usable[i] && a.alias[i] == i {
			out = append(out, Document{ID: d.id, Path: d.path, Language: d.language, Split: d.split, Text: d.text})
		}
	}
	return out
}
