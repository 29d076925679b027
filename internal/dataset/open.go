package dataset

// This file defines Open: the files of a BEIR folder joined into one Dataset.

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/internal/fault"
)

// qrelsExtensions are the file names that a split may have, tried in order.
var qrelsExtensions = []string{".tsv", ".txt", ".qrels"}

// NameOf is the last part of a folder's path, "." included, or of a URL.
func NameOf(path string) string {
	if abs, err := filepath.Abs(path); err == nil && !strings.Contains(path, "://") {
		return filepath.Base(abs)
	}
	return filepath.Base(path)
}

// Open reads a split of the BEIR folder dir. Errors name the file and the line.
//
// Invalid: malformed lines, duplicate or unusable ids, conflicting judgements, an empty corpus, a split without
// any relevant document. Judgements that name absent documents or queries are left out and counted: see [Missing]. NotFound: the folder, a file of it or the split.
func Open(dir string, split Split) (*Dataset, error) {
	sum := sha256.New()
	judged, err := readSplit(dir, split, sum)
	if err != nil {
		return nil, err
	}
	docs, err := readTexts(filepath.Join(dir, "corpus.jsonl"), part(sum), nil)
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return nil, fault.New(fault.Invalid, "%s holds no document", filepath.Join(dir, "corpus.jsonl"))
	}
	// Training splits can hold many more queries than the one asked for: only judged ones are kept.
	queries, err := readTexts(filepath.Join(dir, "queries.jsonl"), part(sum), func(id string) bool { _, ok := judged[id]; return ok })
	if err != nil {
		return nil, err
	}
	groups := map[string]bool{}
	for _, q := range queries {
		groups[q.Group] = true
	}
	if len(groups) > maxGroups {
		return nil, fault.New(fault.Invalid, "%s names more than %d groups", filepath.Join(dir, "queries.jsonl"), maxGroups).
			WithHint("a group is what many queries share, such as a language or a kind; leave the field out where it is not that")
	}
	ds := &Dataset{Name: NameOf(dir), Split: split, Docs: docs, Queries: queries, Digest: hex.EncodeToString(sum.Sum(nil))}
	if err := ds.join(judged); err != nil {
		return nil, err
	}
	return ds, nil
}

// part marks the beginning of the next file in a digest, so that no line can move from one file to another unseen.
func part(sum hash.Hash) hash.Hash {
	_, _ = sum.Write([]byte("\x00file\x00")) // a hash never fails, and no line of text holds a zero
	return sum
}

// CheckSplit refuses a split whose judgements would lie elsewhere than in the folder of judgements.
func CheckSplit(split Split) error {
	if split == "" || strings.ContainsAny(string(split), "/\\\x00") || split == "." || split == ".." {
		return fault.New(fault.Invalid, "split %q is not a name", split).WithHint("splits are called train, dev or test")
	}
	return nil
}

// readSplit finds and reads the judgements of a split.
func readSplit(dir string, split Split, sum hash.Hash) (map[string]map[string]float64, error) {
	if err := CheckSplit(split); err != nil {
		return nil, err
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, openError(err, dir)
	} else if !info.IsDir() {
		return nil, fault.New(fault.Invalid, "%s is not a folder", dir).WithHint("name the folder that holds corpus.jsonl")
	}
	for _, ext := range qrelsExtensions {
		path := filepath.Join(dir, "qrels", string(split)+ext)
		var judged map[string]map[string]float64
		err := withFile(path, sum, func(r io.Reader) (err error) { judged, err = ReadQrels(r, path); return err })
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(judged) == 0 {
			return nil, fault.New(fault.Invalid, "%s holds no judgement", path).WithHint("%s", splitHint(dir, split))
		}
		return judged, nil
	}
	return nil, fault.New(fault.NotFound, "%s has no split %q", dir, split).WithHint("%s", splitHint(dir, split))
}

// splitHint lists the splits that a folder has besides one.
func splitHint(dir string, besides Split) string {
	entries, err := os.ReadDir(filepath.Join(dir, "qrels"))
	if err != nil {
		return "a data set is a folder with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv"
	}
	var names []string
	for _, e := range entries {
		name, ext := e.Name(), filepath.Ext(e.Name())
		if slices.Contains(qrelsExtensions, ext) && strings.TrimSuffix(name, ext) != string(besides) {
			names = append(names, strings.TrimSuffix(name, ext))
		}
	}
	if len(names) == 0 {
		return "its qrels folder holds no other split"
	}
	return "its other splits: " + strings.Join(names, ", ")
}

// join turns judgements by id into judgements by index, counts those that name what no file holds, and drops the queries that
// have nothing to find.
func (d *Dataset) join(judged map[string]map[string]float64) error {
	gone := map[string]bool{}
	for q, grades := range judged {
		_, there := d.QueryIndex(q)
		if !there {
			d.Missing.Queries = append(d.Missing.Queries, q)
		}
		for doc := range grades {
			_, held := d.DocIndex(doc)
			if !held {
				gone[doc] = true
			}
			if !held || !there {
				d.Missing.Judgements++
			}
		}
	}
	d.Missing.Documents = slices.Sorted(maps.Keys(gone))
	slices.Sort(d.Missing.Queries)
	answerable := d.Queries[:0]
	for _, q := range d.Queries {
		judgements := make([]Judgement, 0, len(judged[q.ID]))
		relevant := false
		for id, grade := range judged[q.ID] {
			doc, ok := d.DocIndex(id)
			if !ok {
				continue
			}
			judgements = append(judgements, Judgement{Doc: doc, Grade: grade})
			relevant = relevant || grade > 0
		}
		if !relevant {
			d.Unanswerable++
			continue
		}
		slices.SortFunc(judgements, byDocument)
		answerable = append(answerable, q)
		d.Judgements = append(d.Judgements, judgements)
	}
	d.Queries = answerable
	if len(d.Queries) == 0 {
		err := fault.New(fault.Invalid, "split %q of %s judges no document relevant", d.Split, d.Name)
		if !d.Missing.None() {
			err = fault.New(fault.Invalid, "split %q of %s judges no document relevant that is there: %s", d.Split, d.Name, &d.Missing).
				WithHint("are corpus.jsonl and queries.jsonl those of these judgements?")
		}
		return err
	}
	return nil
}

// FirstFew joins the first five ids for an error message, and says how many more there are when there are any.
func FirstFew(ids []string) string {
	const few = 5
	if len(ids) <= few {
		return strings.Join(ids, ", ")
	}
	return strings.Join(ids[:few], ", ") + ", …"
}

// openError maps the failure to open or stat a path, and keeps the cause for errors.Is.
func openError(err error, path string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.NotFound, err, "%s is missing", path).
			WithHint("a data set is a folder with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv")
	}
	return fault.Wrap(fault.Unavailable, err, "cannot read %s", path)
}
