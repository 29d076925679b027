package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"

	"loradex/internal/dataset"
)

// Sizes of the parts, and how many functions one package may give them.
const (
	maxTrain, trainPerPackage      = 3200, 120
	maxDev, devPerPackage          = 200, 40
	heldQueries, queriesPerPackage = 300, 25
	heldDocs, docsPerPackage       = 1000, 1000
	maxHeldBytes                   = 2000
)

// twins are packages that are written alike.
var twins = map[string]string{
	"strings": "bytes", "html": "text", "syscall": "os", "unsafe": "runtime", "slices": "sort", "maps": "sort", "poll": "os",
	"filepathlite": "path", "xcoff": "debug", "reflectlite": "reflect", "fmtsort": "fmt", "chacha8rand": "math",
}

// family is the group of packages that stays on one side of the split: x and internal/x, and twins.
func family(pkg string) string {
	first := "internal"
	for part := range strings.SplitSeq(pkg, "/") {
		if part != "internal" {
			first = part
			break
		}
	}
	return cmp.Or(twins[first], first)
}

func splitOf(pkg string) string {
	fam := family(pkg)
	if fam == "runtime" { // a sixth of the library, and unlike the rest of it
		return "train"
	}
	sum := sha256.Sum256([]byte(fam))
	n := new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(100)).Int64()
	switch {
	case n < 28:
		return "test"
	case n < 36:
		return "dev"
	}
	return "train"
}

// capped is pairs in the order of their hashes, so many of one package at most, and so many at all.
func capped(pairs []pair, perPackage, limit int) []pair {
	hash := func(p pair) string {
		sum := sha256.Sum256([]byte(p.ID))
		return hex.EncodeToString(sum[:])
	}
	sorted := slices.Clone(pairs)
	slices.SortFunc(sorted, func(a, b pair) int { return cmp.Compare(hash(a), hash(b)) })
	seen := map[string]int{}
	sorted = slices.DeleteFunc(sorted, func(p pair) bool {
		seen[p.Package]++
		return seen[p.Package] > perPackage
	})
	return sorted[:min(limit, len(sorted))]
}

// writeSets writes training data with its dev split, and the held-back test set, as BEIR folders.
func writeSets(pairs []pair, trainDir, heldDir string) error {
	rows := map[string][]pair{}
	for _, p := range pairs {
		split := splitOf(p.Package)
		if split == "test" && len([]rune(p.Code)) > maxHeldBytes {
			continue
		}
		rows[split] = append(rows[split], p)
	}
	train, dev := capped(rows["train"], trainPerPackage, maxTrain), capped(rows["dev"], devPerPackage, maxDev)
	both := append(slices.Clone(train), dev...)
	if err := writeBEIR(trainDir, both, both, map[dataset.Split][]pair{"train": train, "dev": dev}); err != nil {
		return err
	}
	held := capped(rows["test"], docsPerPackage, len(pairs))
	asked := capped(held, queriesPerPackage, heldQueries)
	pool := slices.Clone(asked)
	for _, p := range held {
		if len(pool) < heldDocs && !slices.ContainsFunc(asked, func(q pair) bool { return q.ID == p.ID }) {
			pool = append(pool, p)
		}
	}
	slices.SortFunc(pool, func(a, b pair) int { return cmp.Compare(a.ID, b.ID) })
	return writeBEIR(heldDir, asked, pool, map[dataset.Split][]pair{"test": asked})
}

func writeBEIR(dir string, queries, docs []pair, splits map[dataset.Split][]pair) error {
	folder := dataset.Folder{Judged: map[dataset.Split][]dataset.Judged{}, Mode: 0o644}
	none := ""
	for _, p := range queries {
		folder.Queries = append(folder.Queries, dataset.Line{ID: "q:" + p.ID, Text: p.Query})
	}
	for _, p := range docs {
		folder.Docs = append(folder.Docs, dataset.Line{ID: p.ID, Title: &none, Text: p.Code})
	}
	for name, part := range splits {
		for _, p := range part {
			folder.Judged[name] = append(folder.Judged[name], dataset.Judged{Query: "q:" + p.ID, Doc: p.ID, Grade: 1})
		}
	}
	_, err := folder.WriteFiles(dir)
	return err
}
