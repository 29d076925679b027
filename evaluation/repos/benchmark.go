// Package repos measures search over whole repositories by the files that it finds, as the benchmark of semble does: questions in
// words, judged by files, over repositories at fixed commits (github.com/MinishLab/semble, benchmarks/README.md).
//
//	b, err := repos.Open("semble")
//	report, err := b.Run(ctx, open, repos.Options{Modes: []search.Mode{search.Lexical, search.Hybrid}})
package repos

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Benchmark is a folder with repos.jsonl, queries.jsonl, qrels.tsv and, where judgements name lines, spans.tsv.
type Benchmark struct {
	Repositories []Repository // in the order of the file; those that nothing is asked of are left out
}

// Repository is one that questions are asked of.
type Repository struct {
	Name     string `json:"name"`
	Source   string `json:"source"`   // OWNER/NAME
	Revision string `json:"revision"` // whose tree is searched
	Language string `json:"language"`
	Root     string `json:"root"` // only files below it are searched; "" is all

	questions []question
}

// question is one with the files that answer it.
type question struct {
	ID       string `json:"id"`
	Repo     string `json:"repo"`
	Category string `json:"category"`
	Text     string `json:"query"`

	files map[string]bool
	lines map[string][][2]int // of judgements that name some
}

// maxLine bounds a line of the files of a benchmark.
const maxLine = 1 << 20

// Open reads a benchmark. Invalid where a line is wrong or names what is not there.
func Open(dir string) (*Benchmark, error) {
	b := &Benchmark{}
	places := map[string]int{}
	err := readLines(dir, "repos.jsonl", func(_ int, line []byte) error {
		var r Repository
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		if _, twice := places[r.Name]; twice || !filepath.IsLocal(r.Name) || strings.ContainsAny(r.Name, `/\`) {
			return fmt.Errorf("%q is no name of a repository, or stands there twice", r.Name)
		}
		if r.Root != "" && (!filepath.IsLocal(filepath.FromSlash(r.Root)) || path.Clean(r.Root) != r.Root) {
			return fmt.Errorf("root %q is no folder of a repository", r.Root)
		}
		places[r.Name] = len(b.Repositories)
		b.Repositories = append(b.Repositories, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	asked := map[string][2]int{} // repository and place of a question
	if err := readLines(dir, "queries.jsonl", func(_ int, line []byte) error {
		q := question{files: map[string]bool{}, lines: map[string][][2]int{}}
		if err := json.Unmarshal(line, &q); err != nil {
			return err
		}
		at, ok := places[q.Repo]
		if _, twice := asked[q.ID]; !ok || twice || strings.TrimSpace(q.Text) == "" {
			return fmt.Errorf("question %q is empty, stands there twice, or is asked of %q, which repos.jsonl does not have", q.ID, q.Repo)
		}
		r := &b.Repositories[at]
		asked[q.ID] = [2]int{at, len(r.questions)}
		r.questions = append(r.questions, q)
		return nil
	}); err != nil {
		return nil, err
	}
	of := func(id string) (*question, error) {
		at, ok := asked[id]
		if !ok {
			return nil, fmt.Errorf("question %q is not in queries.jsonl", id)
		}
		return &b.Repositories[at[0]].questions[at[1]], nil
	}
	if err := readColumns(dir, "qrels.tsv", 3, func(row []string) error {
		q, err := of(row[0])
		if err == nil && row[2] != "0" { // the grades count the same
			q.files[row[1]] = true
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := readColumns(dir, "spans.tsv", 4, func(row []string) error {
		q, err := of(row[0])
		if err != nil {
			return err
		}
		first, err1 := strconv.Atoi(row[2])
		last, err2 := strconv.Atoi(row[3])
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		q.lines[row[1]] = append(q.lines[row[1]], [2]int{first, last})
		return nil
	}); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for i := range b.Repositories {
		r := &b.Repositories[i]
		r.questions = slices.DeleteFunc(r.questions, func(q question) bool { return len(q.files) == 0 })
	}
	b.Repositories = slices.DeleteFunc(b.Repositories, func(r Repository) bool { return len(r.questions) == 0 })
	if len(b.Repositories) == 0 {
		return nil, fault.New(fault.Invalid, "%s asks nothing that is judged", dir)
	}
	return b, nil
}

// readColumns reads lines of columns between tabs, without the first, which names them.
func readColumns(dir, name string, columns int, row func([]string) error) error {
	return readLines(dir, name, func(n int, line []byte) error {
		fields := strings.Split(string(bytes.TrimRight(line, "\r")), "\t")
		switch {
		case len(fields) != columns:
			return fmt.Errorf("%d columns between tabs, want %d", len(fields), columns)
		case n == 1:
			return nil
		}
		return row(fields)
	})
}

func readLines(dir, name string, line func(n int, line []byte) error) error {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "the benchmark").
			WithHint("the folder of a benchmark has repos.jsonl, queries.jsonl and qrels.tsv")
	}
	defer f.Close()
	return dataset.Lines(io.Reader(f), name, maxLine, line)
}
