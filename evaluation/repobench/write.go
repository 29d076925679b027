package repobench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// This file writes the BEIR folder.

// aboutFile holds the report.
const aboutFile = "dataset.json"

// maxAbout bounds a report's file: some kilobytes.
const maxAbout = 1 << 20

// CheckFolder tells whether Write may make a folder: Conflict where it exists, unless replace is set and it is one that
// Write made.
func CheckFolder(dir string, replace bool) error {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fault.Wrap(fault.Unavailable, err, "%s cannot be read", dir)
	case !replace:
		return fault.New(fault.Conflict, "%s exists", dir).WithHint("replace it with --replace, or give another folder")
	case !info.IsDir() || !isOurs(dir):
		return fault.New(fault.Conflict, "%s is no benchmark that was made here, and stays as it is", dir).WithHint("remove it, or give another folder")
	}
	return nil
}

// isOurs tells whether a folder was made by Write.
func isOurs(dir string) bool {
	path := filepath.Join(dir, aboutFile)
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxAbout {
		return false
	}
	text, err := os.ReadFile(path) //nolint:gosec // in the folder that the user names
	var about struct {
		Format string `json:"format"`
	}
	return err == nil && json.Unmarshal(text, &about) == nil && about.Format == Format
}

// Write makes the folder: beside its place, and then moves it there, so that a folder that is there is whole. It sets the
// report's digest. Errors are those of CheckFolder; Unavailable where writing fails; Canceled when ctx ends.
func (b *Benchmark) Write(ctx context.Context, dir string, replace bool) error {
	dir = filepath.Clean(dir) // so that "bench/" has a parent
	if err := CheckFolder(dir, replace); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), ".loradex-mine-")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", dir).WithHint("does its parent folder exist?")
	}
	defer os.RemoveAll(part) //nolint:errcheck // the benchmark has left it when all went well
	made := filepath.Join(part, "new")
	if err := b.save(made); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", dir)
	}
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, err, "writing the benchmark was stopped")
	}
	old := filepath.Join(part, "old") // removed with the rest
	moved := false
	if replace {
		err := os.Rename(dir, old)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
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

// save writes the files into a new folder.
func (b *Benchmark) save(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "qrels"), 0o750); err != nil {
		return err
	}
	sum := sha256.New()
	write := func(name string, text []byte) error {
		_, _ = sum.Write(text)                                     // never fails
		return os.WriteFile(filepath.Join(dir, name), text, 0o640) //nolint:gosec // as private as the code in it
	}
	files, err := b.files()
	if err != nil {
		return err
	}
	for _, name := range []string{"corpus.jsonl", "queries.jsonl", "qrels/dev.tsv", "qrels/test.tsv", "qrels/train.tsv"} {
		if text, ok := files[name]; ok {
			if err := write(name, text); err != nil {
				return err
			}
		}
	}
	b.Report.Digest = hex.EncodeToString(sum.Sum(nil))
	about, err := json.MarshalIndent(b.Report, "", "  ")
	if err != nil {
		return err
	}
	return write(aboutFile, append(about, '\n'))
}

// line is a document or a query.
type line struct {
	ID       string `json:"_id"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Language string `json:"language,omitempty"`
	Group    string `json:"group,omitempty"` // of a query: its kind, for those of prose and of code are not alike
}

// files are the contents of the folder by name. Splits without queries have none.
func (b *Benchmark) files() (map[string][]byte, error) {
	var corpus, queries bytes.Buffer
	for _, d := range b.docs {
		if err := addLine(&corpus, line{ID: safeID(d.ID), Text: d.Text, Language: d.Language}); err != nil {
			return nil, err
		}
	}
	judged := map[dataset.Split]*bytes.Buffer{}
	for _, q := range b.queries {
		if err := addLine(&queries, line{ID: safeID(q.id), Text: q.text, Group: q.kind()}); err != nil {
			return nil, err
		}
		if judged[q.split] == nil {
			judged[q.split] = bytes.NewBufferString("query-id\tcorpus-id\tscore\n")
		}
		for _, id := range slices.Sorted(slices.Values(q.answers)) {
			fmt.Fprintf(judged[q.split], "%s\t%s\t1\n", safeID(q.id), safeID(id))
		}
	}
	files := map[string][]byte{"corpus.jsonl": corpus.Bytes(), "queries.jsonl": queries.Bytes()}
	for split, text := range judged {
		files["qrels/"+string(split)+".tsv"] = text.Bytes()
	}
	return files, nil
}

// addLine writes one line of JSON.
func addLine(b *bytes.Buffer, l line) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(l)
}

// safeID percent-encodes what a run file's columns cannot hold: white space in paths, mostly.
func safeID(id string) string {
	var b strings.Builder
	for _, r := range id {
		if r == '%' || unicode.IsSpace(r) || unicode.IsControl(r) {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
