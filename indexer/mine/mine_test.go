package mine

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"reflect"
	"strings"
	"testing"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/indexer/gitrepo"
	"loradex/indexer/indexertest"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

func needGrammars(t *testing.T) {
	t.Helper()
	if !chunk.Available() {
		t.Skip("this build cannot parse code")
	}
}

// history is a fake one: each commit changes whole files.
type history []fakeCommit

type fakeCommit struct {
	subject string
	parents int
	changes [][3]string // path, old content, new content
	err     error
}

func (h history) commits(context.Context, string) iter.Seq2[gitrepo.Commit, error] {
	return func(yield func(gitrepo.Commit, error) bool) {
		for i, c := range h {
			if !yield(gitrepo.Commit{
				Hash: fmt.Sprintf("%040d", i), Subject: c.subject, Parents: c.parents,
				Changes: func(_ context.Context, limit int) ([]gitrepo.Change, bool, error) {
					if c.err != nil || len(c.changes) > limit {
						return nil, len(c.changes) > limit, c.err
					}
					var out []gitrepo.Change
					for _, change := range c.changes {
						blobs := map[string]string{}
						for _, content := range change[1:] {
							blobs[indexer.BlobHash([]byte(content))] = content
						}
						old := ""
						if change[1] != "" {
							old = indexer.BlobHash([]byte(change[1]))
						}
						out = append(out, gitrepo.Change{
							Path: change[0], Old: old, New: indexer.BlobHash([]byte(change[2])),
							Read: func(blob string, _ int64) ([]byte, error) { return []byte(blobs[blob]), nil },
						})
					}
					return out, false, nil
				},
			}, nil) {
				return
			}
		}
	}
}

// limited returns the usual limits but for what change sets.
func limited(change func(*limits)) *limits {
	l := usual
	change(&l)
	return &l
}

// all mines everything into the training split.
func all(t *testing.T, files map[string]string, h History, opts Options) (*dataset.Dataset, Report) {
	t.Helper()
	opts.DevShare, opts.TestShare = -1, -1
	pairs, err := Mine(t.Context(), &indexertest.Source{Rev: "abc", Files: files}, h, opts)
	if err != nil {
		t.Fatal(err)
	}
	set, err := pairs.Split(t.Context(), dataset.Train)
	if fault.CodeOf(err) == fault.NotFound {
		return &dataset.Dataset{}, pairs.Report
	}
	if err != nil {
		t.Fatal(err)
	}
	return set, pairs.Report
}

// show writes a set as "id: query -> symbols' lines", a pair a line.
func show(set *dataset.Dataset) string {
	var b strings.Builder
	for i, q := range set.Queries {
		text, _, _ := strings.Cut(q.Text, "\n")
		fmt.Fprintf(&b, "%s: %s ->", q.ID, text)
		for _, j := range set.Judgements[i] {
			fmt.Fprintf(&b, " %s", set.Docs[j.Doc].ID)
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String())
}

const parser = `package parser

import "strings"

// ParseConfig reads the settings of a server from its lines.
//
// It fails on unknown ones.
func ParseConfig(text string) (map[string]string, error) {
	out := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		key, value, _ := strings.Cut(line, "=")
		out[key] = value
	}
	return out, nil
}

func joinSortedLists(a, b []int) []int {
	out := append([]int{}, a...)
	out = append(out, b...)
	for i := range out {
		out[i]++
	}
	return out
}

// Name returns the name of the parser in use.
func (p *Parser) Name() string {
	return p.name
}
`

const pyFile = `"""Tools for queues."""


def drain_queue(queue, limit):
    """Takes waiting rows from a queue until it is empty.

    :param limit: how many
    """
    rows = []
    while queue and len(rows) < limit:
        rows.append(queue.pop())
    # newest last
    return rows[::-1]
`

func TestKinds(t *testing.T) {
	needGrammars(t)
	oldParser := strings.Replace(parser, "out[i]++", "out[i] += 2", 1)
	many := make([][3]string, 20)
	for i := range many {
		many[i] = [3]string{fmt.Sprintf("f%d.go", i), "", parser}
	}
	testFile := "package parser\n\nimport \"testing\"\n\n// TestParseConfigErrors tries bad lines.\nfunc TestParseConfigErrors(t *testing.T) {\n" +
		"\t_, err := ParseConfig(\"a\")\n\tif err == nil {\n\t\tt.Fatal(\"no error\")\n\t}\n}\n\n" +
		"func TestJoinSortedLists(t *testing.T) {\n\tt.Log(\"joinSortedLists is not used\")\n\tt.Log(1)\n\tt.Log(2)\n\tt.Log(3)\n}\n"
	for _, c := range []struct {
		kind  Kind
		files map[string]string
		log   history
		want  string
		left  map[string]int
	}{
		{
			kind: kindDoc, files: map[string]string{"parser/parser.go": parser, "q.py": pyFile, "vendor/x/x.go": parser},
			want: "doc:parser/parser.go:1: reads the settings of a server from its lines. -> parser/parser.go:1-15\n" +
				"doc:q.py:1: Takes waiting rows from a queue until it is empty. -> q.py:1-13",
			left: map[string]int{"trivial": 1},
		},
		{
			kind: kindReadme, files: map[string]string{"parser/parser.go": parser, "README.md": "# Use\n\n" +
				"`parser.ParseConfig` turns lines into settings of a server.\n\n- call `other.ParseConfig` for something else entirely\n" +
				"- the `parser` folder holds all of these\n- `joinSortedLists()` adds one to all the numbers. `ParseConfig` reads the settings of it first.\n" +
				"- see `Name()` or the rest of the tools\n\n```\n`ParseConfig` in code is no prose at all\n```\n"},
			want: "readme:README.md:3.0.0: turns lines into settings of a server. -> parser/parser.go:1-15\n" +
				"readme:README.md:7.3.0: adds one to all the numbers. -> parser/parser.go:17-24\n" +
				"readme:README.md:7.3.1: reads the settings of it first. -> parser/parser.go:1-15",
			left: map[string]int{"trivial": 1},
		},
		{
			kind: kindTest, files: map[string]string{"parser/parser.go": parser, "parser/parser_test.go": testFile},
			want: "test:parser/parser_test.go:1: test parse config errors -> parser/parser.go:1-15",
			left: map[string]int{"no_target": 1},
		},
		{
			kind: kindCommit, files: map[string]string{"parser/parser.go": parser},
			log: history{
				{subject: "parser: add one to each of the numbers (#3)", parents: 1, changes: [][3]string{{"parser/parser.go", oldParser, parser}, {"gone.go", "", parser}}},
				{subject: "Say more about what is parsed here", parents: 1, changes: [][3]string{{"parser/parser.go", strings.Replace(parser, "unknown ones", "others", 1), parser}}},
				{subject: "Merge branch 'x' of somewhere", parents: 2, changes: [][3]string{{"parser/parser.go", oldParser, parser}}},
				{subject: "Change all of the files at once", parents: 1, changes: many},
				{subject: "Read settings that are not here", parents: 1, err: fault.New(fault.NotFound, "gone")},
			},
			want: "commit:" + strings.Repeat("0", 40) + ": add one to each of the numbers -> parser/parser.go:17-24",
			left: map[string]int{"no_target": 1, "noise": 1, "large": 1, "missing": 1},
		},
		{
			kind: KindIdentifier, files: map[string]string{"parser/parser.go": parser},
			want: "identifier:parser/parser.go:17: join sorted lists -> parser/parser.go:17-24",
			left: map[string]int{"short": 1, "trivial": 1},
		},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			set, report := all(t, c.files, c.log.commits, Options{Kinds: []Kind{c.kind}})
			if got := show(set); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if got := report.LeftOut[c.kind]; !reflect.DeepEqual(got, c.left) {
				t.Errorf("left out %v, want %v", got, c.left)
			}
			if report.Kinds[c.kind] != len(set.Queries) || report.Pairs != len(set.Queries) {
				t.Errorf("the report counts %v and %d for %d pairs", report.Kinds, report.Pairs, len(set.Queries))
			}
		})
	}
}

// A document shows neither its documentation nor, to a weak query, its name; and it is one document, not two.
func TestDocumentTexts(t *testing.T) {
	needGrammars(t)
	files := map[string]string{"parser/parser.go": parser, "q.py": pyFile, "join_sorted_lists.go": strings.ReplaceAll(parser, "ParseConfig", "Other")}
	for _, template := range []indexer.Template{
		"code", "symbol+code", "path+code", "path+symbol+code", "words+code", "path+words+code", "doc+body", "symbol+doc+body",
		"path+symbol+doc+body", "doc+symbol+body", indexer.DefaultTemplate, "path+words+doc+body", "symbol+doc+signature+body", "",
	} {
		set, _ := all(t, files, nil, Options{Template: template})
		if len(set.Queries) != 4 && len(set.Queries) != 3 {
			t.Fatalf("%s: pairs are\n%s", template, show(set))
		}
		ids := map[string]bool{}
		for _, d := range set.Docs {
			for _, leak := range []string{"settings of a server", "waiting rows", "how many", "unknown ones"} {
				if strings.Contains(d.Text, leak) {
					t.Errorf("%s: %s holds %q:\n%s", template, d.ID, leak, d.Text)
				}
			}
			if ids[d.ID] {
				t.Errorf("%s: %s is there twice", template, d.ID)
			}
			ids[d.ID] = true
		}
		for i, q := range set.Queries {
			d := set.Docs[set.Judgements[i][0].Doc]
			if strings.HasPrefix(q.ID, "identifier:") && strings.Contains(strings.ToLower(strings.ReplaceAll(d.Text, "_", "")), "joinsortedlists") {
				t.Errorf("%s: the name is in\n%s", template, d.Text)
			}
			if strings.HasPrefix(q.ID, "doc:q.py") && !strings.Contains(d.Text, "# newest last") {
				t.Errorf("%s: the body lost a comment:\n%s", template, d.Text)
			}
		}
	}
}

// corpus makes a repository of many files, some of which are copies of others but for white space, names and case.
func manyFiles(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		k := i - i%7/6 // every seventh file says what the one before does
		body := fmt.Sprintf("\ttotal := %d\n\tfor _, v := range values {\n\t\ttotal += v * %d\n\t}\n\treturn total\n}\n", k, k+1)
		name := fmt.Sprintf("Sum%c%c", 'A'+i/26, 'a'+i%26)
		if i%14 == 6 {
			body = strings.ReplaceAll(body, "\n", "\n\n")
		}
		files[fmt.Sprintf("pkg%d/file%d.go", i%5, i)] = fmt.Sprintf("package p\n\n// %s adds the values up, number %d of all.\nfunc %s(values []int) int {\n%s\n"+
			"func mergeAllThe%sRows(values []int) int {\n\tvalues = append(values, %d)\n%s", name, k, name, body, name, k, body)
		files[fmt.Sprintf("pkg%d/file%d_test.go", i%5, i)] = fmt.Sprintf("package p\n\nimport \"testing\"\n\nfunc Test%s(t *testing.T) {\n\tgot := %s([]int{%d})\n"+
			"\tif got != 1 {\n\t\tt.Fatal(got)\n\t}\n}\n", name, name, k)
	}
	return files
}

func squeeze(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }

// All documents are listed: those of sets with the text of sets, others beside them, each text once.
func TestDocuments(t *testing.T) {
	needGrammars(t)
	pairs, err := Mine(t.Context(), &indexertest.Source{Files: manyFiles(30)}, nil, Options{Kinds: []Kind{kindDoc}})
	if err != nil {
		t.Fatal(err)
	}
	listed, texts := map[string]Document{}, map[string]bool{}
	for _, d := range pairs.Documents {
		if _, again := listed[d.ID]; again || texts[squeeze(d.Text)] || d.Language != "go" || !strings.HasPrefix(d.ID, d.Path+":") {
			t.Errorf("%+v", d)
		}
		listed[d.ID], texts[squeeze(d.Text)] = d, true
	}
	named := 0
	for _, split := range []dataset.Split{dataset.Train, dataset.Dev, dataset.Test} {
		set, err := pairs.Split(t.Context(), split)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range set.Docs {
			if l := listed[d.ID]; l.Text != d.Text || l.Split != split {
				t.Errorf("%s of %s is listed as %+v", d.ID, split, l)
			}
		}
		named += len(set.Docs)
	}
	if len(listed) <= named {
		t.Errorf("%d documents are listed, and sets have %d", len(listed), named)
	}
}

// No query and no document of one split occurs in another, and documents keep to the files of their split.
func TestSplitsShareNothing(t *testing.T) {
	needGrammars(t)
	for seed := range uint64(4) {
		pairs, err := Mine(t.Context(), &indexertest.Source{Files: manyFiles(70)}, nil, Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		texts, files := map[string]dataset.Split{}, map[string]dataset.Split{}
		owned := func(owner map[string]dataset.Split, split dataset.Split, what, key string) {
			if was, taken := owner[key]; taken && was != split {
				t.Errorf("seed %d: %s is in %s and %s: %.80q", seed, what, was, split, key)
			}
			owner[key] = split
		}
		counts := map[dataset.Split]int{}
		for _, split := range []dataset.Split{dataset.Train, dataset.Dev, dataset.Test} {
			set, err := pairs.Split(t.Context(), split)
			if err != nil {
				t.Fatal(err)
			}
			counts[split] = len(set.Queries)
			for _, q := range set.Queries {
				owned(texts, split, "a query", squeeze(q.Text))
				if split != dataset.Train && strings.HasPrefix(q.ID, "identifier:") {
					t.Errorf("seed %d: a weak query is in %s", seed, split)
				}
			}
			for _, d := range set.Docs {
				_, code, _ := strings.Cut(d.Text, "(") // behind the name
				owned(texts, split, "a document", squeeze(code))
				path, _, _ := strings.Cut(d.ID, ":")
				owned(files, split, "a file", path)
				if strings.HasSuffix(path, "_test.go") {
					t.Errorf("seed %d: test %s is a document", seed, path)
				}
			}
			if r := pairs.Report.Splits[split]; r.Queries != len(set.Queries) || r.Documents != len(set.Docs) || r.Positives > r.Documents {
				t.Errorf("seed %d: the report of %s says %+v", seed, split, r)
			}
		}
		if total := counts[dataset.Train] + counts[dataset.Dev] + counts[dataset.Test]; counts[dataset.Train] < total/2 || counts[dataset.Dev] < 5 || counts[dataset.Test] < 10 {
			t.Errorf("seed %d: the splits are %v", seed, counts)
		}
	}
}

func TestSameInputSamePairs(t *testing.T) {
	needGrammars(t)
	files := manyFiles(30)
	mined := func(seed uint64) []byte {
		pairs, err := Mine(t.Context(), &indexertest.Source{Files: files}, nil, Options{Seed: seed, limits: limited(func(l *limits) { l.pairs, l.pool = 40, 5 })})
		if err != nil {
			t.Fatal(err)
		}
		if pairs.Report.Pairs > 40 {
			t.Errorf("%d pairs, over the limit", pairs.Report.Pairs)
		}
		var sets []*dataset.Dataset
		for _, split := range []dataset.Split{dataset.Train, dataset.Dev, dataset.Test} {
			set, err := pairs.Split(t.Context(), split)
			if err != nil {
				t.Fatal(err)
			}
			if r := pairs.Report.Splits[split]; r.Documents-r.Positives > 5 {
				t.Errorf("%s has %d documents for %d positives, over the limit", split, r.Documents, r.Positives)
			}
			sets = append(sets, set)
		}
		out, err := json.Marshal([]any{sets, pairs.Report})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := mined(1)
	if string(first) != string(mined(1)) {
		t.Error("two runs differ")
	}
	if string(first) == string(mined(2)) {
		t.Error("the seed changes nothing")
	}
}

func TestLimitsAndFilters(t *testing.T) {
	needGrammars(t)
	files := manyFiles(10)
	files["q.py"] = pyFile
	docs := []Kind{kindDoc}
	if set, report := all(t, files, nil, Options{Kinds: docs, Languages: []string{"python"}}); len(set.Queries) != 1 || report.Skipped["language"] != 20 {
		t.Errorf("one language gives %q, and skips %v", show(set), report.Skipped)
	}
	if set, report := all(t, files, nil, Options{Kinds: []Kind{kindDoc, kindTest}, limits: limited(func(l *limits) { l.perFile = 1 })}); len(set.Queries) != 11 ||
		report.LeftOut[kindDoc]["limit"]+report.LeftOut[kindTest]["limit"] != 9 {
		t.Errorf("one pair a file gives %d, left out %v", len(set.Queries), report.LeftOut)
	}
	if _, report := all(t, files, nil, Options{Kinds: docs, limits: limited(func(l *limits) { l.chunks = 10 })}); report.Skipped["limit"] == 0 {
		t.Errorf("a limit on chunks skips %v", report.Skipped)
	}
	// Equal comments are one query with several answers, or with too many for any.
	same := func(n int) map[string]string {
		out := map[string]string{}
		for i := range n {
			out[fmt.Sprintf("f%d.go", i)] = fmt.Sprintf("package p\n\n// opens the file of settings\nfunc open%d() {\n\ta(%d)\n\tb(%d)\n\tc()\n}\n", i, i, i)
		}
		return out
	}
	if set, report := all(t, same(3), nil, Options{Kinds: docs}); len(set.Queries) != 1 || len(set.Judgements[0]) != 3 {
		t.Errorf("three equal comments give %s %v", show(set), report.LeftOut)
	}
	if set, report := all(t, same(9), nil, Options{Kinds: docs}); len(set.Queries) != 0 || report.LeftOut[kindDoc]["unclear"] != 1 {
		t.Errorf("nine equal comments give %s %v", show(set), report.LeftOut)
	}
}

func TestErrors(t *testing.T) {
	source := &indexertest.Source{Files: map[string]string{"a.txt": "nothing to see"}}
	for name, opts := range map[string]Options{
		"kind":        {Kinds: []Kind{"poem"}},
		"language":    {Languages: []string{"latin"}},
		"share":       {DevShare: 0.5, TestShare: 0.5},
		"large share": {TestShare: 2},
		"odd share":   {DevShare: -0.5},
		"no number":   {DevShare: math.NaN()},
		"template":    {Template: "words"},
		"no history":  {Kinds: []Kind{kindCommit}},
	} {
		if !chunk.Available() && name == "no history" {
			continue // there it is Unsupported before that
		}
		if _, err := Mine(t.Context(), source, nil, opts); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !chunk.Available() {
		if _, err := Mine(t.Context(), source, nil, Options{}); fault.CodeOf(err) != fault.Unsupported || fault.HintOf(err) == "" {
			t.Errorf("without grammars: %v", err)
		}
		return
	}
	pairs, err := Mine(t.Context(), source, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pairs.Split(t.Context(), dataset.Train); fault.CodeOf(err) != fault.NotFound || fault.HintOf(err) == "" {
		t.Errorf("nothing mined: %v", err)
	}
	if text, err := json.Marshal(pairs.Report); err != nil || !strings.Contains(string(text), `"pairs":0`) {
		t.Errorf("report %s, %v", text, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Mine(ctx, source, nil, Options{}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
	if _, err := ParseKind("poem"); fault.HintOf(err) != "the kinds are doc, readme, test, commit, identifier" {
		t.Errorf("the kinds: %v, %s", err, fault.HintOf(err))
	}
}
