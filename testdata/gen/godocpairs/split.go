package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	if err := writeBEIR(trainDir, both, both, map[string][]pair{"train": train, "dev": dev}); err != nil {
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
	return writeBEIR(heldDir, asked, pool, map[string][]pair{"test": asked})
}

func writeBEIR(dir string, queries, docs []pair, splits map[string][]pair) error {
	if err := os.MkdirAll(filepath.Join(dir, "qrels"), 0o755); err != nil {
		return err
	}
	type doc struct {
		ID    string `json:"_id"`
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	type query struct {
		ID   string `json:"_id"`
		Text string `json:"text"`
	}
	var q, d []any
	for _, p := range queries {
		q = append(q, query{"q:" + p.ID, p.Query})
	}
	for _, p := range docs {
		d = append(d, doc{p.ID, "", p.Code})
	}
	if err := writeLines(filepath.Join(dir, "queries.jsonl"), q); err != nil {
		return err
	}
	if err := writeLines(filepath.Join(dir, "corpus.jsonl"), d); err != nil {
		return err
	}
	for name, part := range splits {
		text := "query-id\tcorpus-id\tscore\n"
		for _, p := range part {
			text += fmt.Sprintf("q:%s\t%s\t1\n", p.ID, p.ID)
		}
		if err := os.WriteFile(filepath.Join(dir, "qrels", name+".tsv"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func writeLines(path string, rows []any) error {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	for _, r := range rows {
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
