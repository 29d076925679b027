package convert

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// sides are the languages of CodeXGLUE's translations: the fields of records, and the endings of parallel files.
var sides = [2]struct{ field, language string }{{"java", "java"}, {"cs", "c#"}}

// translationOf is what the two parallel files of a split share in their names: "test.java-cs.txt" of test.java-cs.txt.java.
// "" for any other file.
func translationOf(name string) string {
	for _, side := range sides {
		if stem, ok := strings.CutSuffix(name, "."+side.field); ok && strings.HasSuffix(stem, ".java-cs.txt") {
			return stem
		}
	}
	return ""
}

// readTranslations reads CodeXGLUE's code-to-code-trans: two files with the same method in each line, or records with the
// fields java and cs.
func readTranslations(ctx context.Context, files []string, to *collector) error {
	n := 0
	add := func(path, java, cs string) error {
		n++
		id := strconv.Itoa(n)
		return to.pair(to.splitOf(path), "q"+id, java, text{ID: "d" + id, Text: cs, Language: sides[1].language})
	}
	for _, path := range files {
		stem := translationOf(path)
		switch {
		case stem == "" && strings.Contains(filepath.Base(path), ".tsv"):
			continue
		case stem == "":
			err := eachRow(ctx, path, func(r Row) error {
				java, cs := r.text(sides[0].field), r.text(sides[1].field)
				if java == "" && cs == "" {
					return fault.New(fault.Invalid, "a record without java and cs is none of code-to-code-trans")
				}
				return add(path, java, cs)
			})
			if err != nil {
				return err
			}
		case strings.HasSuffix(path, "."+sides[0].field):
			if err := readParallel(ctx, stem, func(java, cs string) error { return add(path, java, cs) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// readParallel reads two files line by line; empty lines keep their places. Invalid where one has more lines than the other.
func readParallel(ctx context.Context, stem string, f func(java, cs string) error) error {
	var lines [2][]string
	for i, side := range sides {
		path := stem + "." + side.field
		file, err := open(path)
		if err != nil {
			return err
		}
		err = dataset.Lines(file, path, dataset.MaxLine, func(n int, line []byte) error {
			lines[i] = append(append(lines[i], make([]string, n-1-len(lines[i]))...), string(line))
			return ctx.Err()
		})
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	if len(lines[0]) != len(lines[1]) {
		return fault.New(fault.Invalid, "%s.java has %d lines and %s.cs %d: they are not parallel", stem, len(lines[0]), stem, len(lines[1]))
	}
	for i, java := range lines[0] {
		if err := f(java, lines[1][i]); err != nil {
			return err
		}
	}
	return nil
}
