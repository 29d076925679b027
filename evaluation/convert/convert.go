package convert

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Options says what is converted, and how.
type Options struct {
	// Format is one of Formats.
	Format string
	// Split is that of files whose name and records say none. The default is "test".
	Split string
	// Strict refuses judgements of documents or queries that no file holds. By default they are left out and counted.
	Strict bool
}

// Report is what was made. It is also what dataset.json holds.
type Report struct {
	Format     string         `json:"format"`
	Source     string         `json:"source"`   // base names of the files that were read
	Template   string         `json:"template"` // how query and document texts came about
	Documents  int            `json:"documents"`
	Queries    int            `json:"queries"`
	Judgements map[string]int `json:"judgements"`  // by split
	Folded     int            `json:"folded"`      // documents that are the same as an earlier one
	Passed     int            `json:"passed_over"` // records without a text, or without a relevant document
	Missing    int            `json:"missing"`     // judgements of documents or queries that no file holds
}

// format reads files of one kind.
type format struct {
	name, template string
	read           func(ctx context.Context, files []string, to *collector) error
}

// formats is the table of all formats.
func formats() []format {
	return []format{
		{"beir", "as the files have them", readBEIR},
		{"codesearchnet", "query: first paragraph of the docstring; document: the function without its docstring", readFunctions},
		{"advtest", "query: docstring tokens, joined by blanks; document: code", readAdvTest},
		{"webquery", "query: the question; document: code", readWebQuery},
		{"codetrans", "query: Java method; document: its C# counterpart", readTranslations},
	}
}

// Formats lists the names of the formats.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// Run reads a file, or all files of a folder, and writes a BEIR folder, which must not exist: it appears when all of it is
// there. Invalid for an unknown format, malformed records, or files that hold no question with an answer; NotFound for a
// source that is not there; Conflict where the folder exists.
func Run(ctx context.Context, source, folder string, o Options) (Report, error) {
	if o.Split == "" {
		o.Split = "test"
	}
	if err := dataset.CheckSplit(dataset.Split(o.Split)); err != nil {
		return Report{}, err
	}
	folder = filepath.Clean(folder)
	at := slices.IndexFunc(formats(), func(f format) bool { return f.name == o.Format })
	if at < 0 {
		return Report{}, fault.New(fault.Invalid, "unknown format %q", o.Format).WithHint("formats are %s", strings.Join(Formats(), ", "))
	}
	f := formats()[at]
	if _, err := os.Lstat(folder); err == nil {
		return Report{}, fault.New(fault.Conflict, "%s exists", folder).WithHint("remove it, or give another folder")
	}
	root, files, err := filesOf(source)
	if err != nil {
		return Report{}, err
	}
	c := newCollector(root, o.Split)
	c.strict = o.Strict
	if err := f.read(ctx, files, c); err != nil {
		if ctx.Err() != nil {
			err = fault.Wrap(fault.Canceled, err, "converting %s", source)
		}
		return Report{}, err
	}
	report := Report{Format: f.name, Template: f.template, Source: filepath.Base(source), Passed: c.passed, Folded: c.folded, Missing: c.missing}
	if err := c.finish(&report); err != nil {
		return Report{}, err
	}
	return report, c.folder().Save(ctx, folder, false, func(string) any { return report })
}

// readable tells which files are looked into.
func readable(name string) bool {
	return translationOf(name) != "" ||
		slices.Contains([]string{".jsonl", ".json", ".parquet", ".tsv"}, filepath.Ext(strings.TrimSuffix(name, ".gz")))
}

// filesOf lists the files of a source, sorted, and the folder that they lie in or below.
func filesOf(source string) (root string, files []string, err error) {
	info, err := os.Stat(source)
	if err != nil {
		return "", nil, openError(err, source)
	}
	if !info.IsDir() {
		return filepath.Dir(source), []string{source}, nil
	}
	err = filepath.WalkDir(source, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && readable(d.Name()) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return "", nil, openError(err, source)
	}
	if len(files) == 0 {
		return "", nil, fault.New(fault.NotFound, "%s holds no .jsonl, .json or .parquet file", source)
	}
	slices.Sort(files)
	return source, files, nil
}

// namesOf are the names of a file and of its folders below the source, from the inside out. What lies above the source says
// nothing.
func (c *collector) namesOf(path string) []string {
	rel, err := filepath.Rel(c.root, path)
	if err != nil {
		rel = filepath.Base(path)
	}
	names := strings.Split(strings.ToLower(filepath.ToSlash(rel)), "/")
	slices.Reverse(names)
	return names
}

// splitOf finds the split in the names of a file or, if that says none, of its folders: test-00000-of-00001.parquet,
// java_test_0.jsonl.gz, default/train/0000.parquet.
func (c *collector) splitOf(path string) string {
	for _, name := range c.namesOf(path) {
		if split := splitIn(name); split != "" {
			return split
		}
	}
	return c.split
}

// splitIn finds the split in a name; "" where it has none.
func splitIn(name string) string {
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r < 'a' || r > 'z' }) {
		switch word {
		case "train", "test", "dev":
			return word
		case "valid", "validation", "val":
			return "dev"
		}
	}
	return ""
}
