package repobench

import (
	"context"
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
	path := filepath.Join(dir, dataset.AboutFile)
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxAbout {
		return false
	}
	text, err := os.ReadFile(path) //nolint:gosec // in the folder that the user names
	var about struct {
		Format string `json:"format"`
	}
	return err == nil && json.Unmarshal(text, &about) == nil && about.Format == format
}

// Write makes the folder and sets the report's digest. Errors are those of CheckFolder; Unavailable where writing fails;
// Canceled when ctx ends.
func (b *benchmark) Write(ctx context.Context, dir string, replace bool) error {
	if err := CheckFolder(filepath.Clean(dir), replace); err != nil {
		return err
	}
	folder := dataset.Folder{Judged: map[dataset.Split][]dataset.Judged{}, Mode: 0o640} // as private as the code in it
	none := ""
	for _, d := range b.docs {
		folder.Docs = append(folder.Docs, dataset.Line{ID: safeID(d.ID), Title: &none, Text: d.Text, Language: d.Language})
	}
	for _, q := range b.queries {
		// Its kind is its group, for those of prose and of code are not alike.
		folder.Queries = append(folder.Queries, dataset.Line{ID: safeID(q.id), Title: &none, Text: q.text, Group: q.kind()})
		for _, id := range slices.Sorted(slices.Values(q.answers)) {
			folder.Judged[q.split] = append(folder.Judged[q.split], dataset.Judged{Query: safeID(q.id), Doc: safeID(id), Grade: 1})
		}
	}
	return folder.Save(ctx, dir, replace, func(digest string) any {
		b.Report.Digest = digest
		return b.Report
	})
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
