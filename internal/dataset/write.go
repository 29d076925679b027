package dataset

// This file defines the writer of BEIR folders.

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"loradex/internal/fault"
)

// Line is a document or a query as a file holds it.
type Line struct {
	ID       string  `json:"_id"`
	Title    *string `json:"title,omitempty"` // nil writes none
	Text     string  `json:"text"`
	Language string  `json:"language,omitempty"`
	Group    string  `json:"group,omitempty"` // of a query
}

// Judged is a line of a file of judgements.
type Judged struct {
	Query, Doc string
	Grade      float64
}

// Folder is what a BEIR folder holds; all in the order in which it is written.
type Folder struct {
	Docs, Queries []Line
	Judged        map[Split][]Judged
	Mode          fs.FileMode // of the files; folders get what lets the same people look into them
}

// AboutFile says where the data of a folder comes from. It is no part of BEIR's.
const AboutFile = "dataset.json"

// Save makes the folder beside its place, and then moves it there, so that a folder that is there is whole. With replace it may be
// there and is replaced. AboutFile gets the JSON of about, which is given the digest of the other files.
//
// Unavailable where it cannot be written; Canceled when ctx ends.
func (f Folder) Save(ctx context.Context, dir string, replace bool, about func(digest string) any) error {
	dir = filepath.Clean(dir) // so that "bench/" has a parent
	part, err := os.MkdirTemp(filepath.Dir(dir), ".loradex-data-")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", dir).WithHint("does its parent folder exist?")
	}
	defer os.RemoveAll(part) //nolint:errcheck // the data has left it when all went well
	made, old := filepath.Join(part, "new"), filepath.Join(part, "old")
	digest, err := f.writeFiles(made)
	var text []byte
	if err == nil {
		text, err = json.MarshalIndent(about(digest), "", "  ")
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(made, AboutFile), append(text, '\n'), f.Mode)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", dir)
	}
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, err, "writing %s was stopped", dir)
	}
	moved := false
	if replace {
		if err = os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(fault.Unavailable, err, "%s cannot be replaced", dir)
		}
		moved = err == nil
	}
	if err := os.Rename(made, dir); err != nil {
		if moved {
			err = errors.Join(err, os.Rename(old, dir))
		}
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", dir)
	}
	return nil
}

// writeFiles writes corpus, queries and judgements into dir, which is made where it is missing. The digest is the SHA-256, in hex,
// of the files one after another, splits by name.
func (f Folder) writeFiles(dir string) (digest string, err error) {
	if err := os.MkdirAll(filepath.Join(dir, "qrels"), f.Mode|f.Mode&0o444>>2); err != nil {
		return "", err
	}
	sum := sha256.New()
	write := func(name string, fill func(w io.Writer) error) {
		if err != nil {
			return
		}
		var file *os.File
		if file, err = os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, f.Mode); err != nil {
			return
		}
		w := bufio.NewWriter(io.MultiWriter(file, sum))
		err = errors.Join(fill(w), w.Flush(), file.Close())
	}
	write("corpus.jsonl", func(w io.Writer) error { return EncodeLines(w, slices.Values(f.Docs)) })
	write("queries.jsonl", func(w io.Writer) error { return EncodeLines(w, slices.Values(f.Queries)) })
	for _, split := range slices.Sorted(maps.Keys(f.Judged)) {
		write(filepath.Join("qrels", string(split)+".tsv"), func(w io.Writer) error {
			_, err := io.WriteString(w, "query-id\tcorpus-id\tscore\n")
			for _, j := range f.Judged[split] {
				if err == nil {
					_, err = fmt.Fprintf(w, "%s\t%s\t%g\n", j.Query, j.Doc, j.Grade)
				}
			}
			return err
		})
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}
