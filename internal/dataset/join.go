package dataset

// This file defines mixed data sets: the queries of several, over the documents of all.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// Join makes one data set of several: every query is asked over the documents of all. Ids get the name of their set and a
// slash in front, so that none meet. The name is those of the sets, joined by "+"; the split is that of the first.
//
// A document that would answer a query of another set counts as wrong, as no judgement says otherwise. Invalid: no set, or
// two of one name.
func Join(sets []*Dataset) (*Dataset, error) {
	if len(sets) == 0 {
		return nil, fault.New(fault.Invalid, "there is no data set to join")
	}
	if len(sets) == 1 {
		return sets[0], nil
	}
	sets = slices.Clone(sets)
	// By the prefix with its slash, so that the joined ids ascend.
	slices.SortFunc(sets, func(a, b *Dataset) int { return strings.Compare(a.Name+"/", b.Name+"/") })
	joined := &Dataset{Split: sets[0].Split}
	sum := sha256.New()
	names := make([]string, len(sets))
	for i, ds := range sets {
		if i > 0 && ds.Name == sets[i-1].Name {
			return nil, fault.New(fault.Invalid, "two data sets are called %s", ds.Name).WithHint("rename the folder of one")
		}
		names[i] = ds.Name
		before := int32(len(joined.Docs)) //nolint:gosec // bounded by MaxTexts
		if len(joined.Docs)+len(ds.Docs) > MaxTexts {
			return nil, fault.New(fault.Invalid, "more than %d texts", MaxTexts)
		}
		joined.Docs = append(joined.Docs, prefixed(ds.Docs, ds.Name)...)
		joined.Queries = append(joined.Queries, prefixed(ds.Queries, ds.Name)...)
		for _, judgements := range ds.Judgements {
			moved := slices.Clone(judgements)
			for j := range moved {
				moved[j].Doc += before
			}
			joined.Judgements = append(joined.Judgements, moved)
		}
		joined.Unanswerable += ds.Unanswerable
		joined.Missing.add(ds.Missing, ds.Name+"/")
		fmt.Fprintf(sum, "%s %s\n", ds.Name, ds.Digest)
	}
	joined.Digest = hex.EncodeToString(sum.Sum(nil))
	joined.Name = strings.Join(names, "+")
	return joined, nil
}

func prefixed(texts []Text, name string) []Text {
	out := slices.Clone(texts)
	for i := range out {
		out[i].ID = name + "/" + out[i].ID
	}
	return out
}
