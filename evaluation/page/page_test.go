package page_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"loradex/adapters"
	"loradex/evaluation/compare"
	"loradex/evaluation/page"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

// tinySummary is a summary of evaluations that the program made of the tiny data set.
func tinySummary(t *testing.T) *compare.Summary {
	t.Helper()
	o := compare.SummaryOptions{
		Title:    "The tiny data set",
		InDomain: map[string][]string{"godoc": {}},
		Data: func(name, split string) (*dataset.Dataset, error) {
			return dataset.Open(filepath.Join("..", "testdata", name), dataset.Split(split))
		},
		Efficiency: []*compare.CostReport{{
			Dataset: "tiny", Split: "test", Queries: 8, Corpus: 12, Machine: "a machine", Device: "cpu", Threads: 2,
			Systems: []compare.Cost{
				{
					Name: "base", Kind: compare.KindBase, MRR: 0.5, CI95: [2]float64{0.4, 0.6}, Bytes: 91_000_000,
					Timing: compare.Timing{Latency: compare.Latency{N: 100, P50: 3.25, P95: 4.5}, TokensPerS: 9000},
				},
				{
					Name: "godoc", Kind: compare.KindAdapter, MRR: 0.55, CI95: [2]float64{0.45, 0.65}, Bytes: 151_000,
					Difference: &compare.Difference{Mean: 0.05, CI95: [2]float64{0.01, 0.09}, P: 0.01, Holm: 0.01, Wins: 4, Losses: 1},
					Timing:     compare.Timing{Latency: compare.Latency{N: 100, P50: 3.5, P95: 5}, TokensPerS: 8900},
					Training:   &adapters.Training{Method: "lora", Recipe: "loracode", Trainable: 36864, Total: 22713216, Steps: 200, Pairs: 3200, Seconds: 90, TokensPerS: 4100, PeakBytes: 1 << 30},
				},
			},
		}},
	}
	found, err := compare.Find(t.Context(), []string{filepath.Join("..", "compare", "testdata", "runs")}, o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := compare.Summarize(t.Context(), found, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, s *compare.Summary, f page.Format) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, s, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden pins the formats that are read as text.
func TestGolden(t *testing.T) {
	s := tinySummary(t)
	for _, f := range []page.Format{page.Markdown, page.JSON, page.LaTeX} {
		got := write(t, s, f)
		path := filepath.Join("testdata", "tiny"+f.Extension())
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s; if it should, run with -update and look at the difference\n%s", f, path, got)
		}
	}
}

// hostile is a string that would break out of each format if it were not escaped.
const hostile = "<script>alert(1)</script>\"'`|\\\\end{tabular}$x_1&%#{}[~^]\n\u2028</style></title><img src=x onerror=alert(1)>"

// attack puts it wherever text comes from outside.
func attack(s *compare.Summary) {
	s.Title, s.Reference = hostile, hostile
	for i := range s.Systems {
		s.Systems[i].Name = strings.Repeat(hostile, i+1)
	}
	for i := range s.Sets {
		s.Sets[i].Name, s.Sets[i].Language = hostile, hostile
	}
	n := len(s.Systems)
	for i := range s.Results {
		r := &s.Results[i]
		r.Set, r.System = hostile, s.Systems[i%n].Name
		r.Groups = []compare.Group{{Group: hostile, Queries: 3, Metrics: r.Metrics}}
		for _, list := range [][]compare.Example{r.Losses, r.Gains} {
			for j := range list {
				x := &list[j]
				x.Query, x.Text = hostile, hostile
				for _, hits := range [][]compare.Hit{x.BeforeHits, x.AfterHits} {
					for h := range hits {
						hits[h].Doc, hits[h].Text = hostile, hostile
					}
				}
			}
		}
	}
	s.Unknown, s.Changed = []string{hostile}, []string{hostile}
	s.Efficiency[0].Machine, s.Efficiency[0].Systems[1].Name, s.Efficiency[0].Systems[1].Training.Recipe = hostile, hostile, hostile
}

// parsed counts what a parsed page is made of.
type parsed struct {
	elements map[string]int
	text     strings.Builder
	links    []string
	handlers []string
}

func parse(t *testing.T, text string) *parsed {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	p := &parsed{elements: map[string]int{}}
	for n := range root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			p.elements[n.Data]++
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					p.handlers = append(p.handlers, a.Key)
				}
				if a.Key == "src" || a.Key == "href" || strings.Contains(a.Val, "url(") {
					p.links = append(p.links, a.Val)
				}
			}
		case html.TextNode:
			p.text.WriteString(n.Data)
		}
	}
	return p
}

// TestHTML parses the page: it is whole, it loads nothing, and hostile texts stay texts without a new element.
func TestHTML(t *testing.T) {
	s := tinySummary(t)
	plain := parse(t, write(t, s, page.HTML))
	for _, want := range []string{"The tiny data set", "reverse a string", "rough", "Speed against quality", "Knowledge preservation", "36864"} {
		if !strings.Contains(plain.text.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	// Two sets of four systems: each has a point in one chart and a bar in the other.
	if plain.elements["circle"] != 2*4+2 || plain.elements["table"] < 7 || plain.elements["details"] == 0 {
		t.Errorf("elements %v", plain.elements)
	}
	attack(s)
	text := write(t, s, page.HTML)
	under := parse(t, text)
	for _, p := range []*parsed{plain, under} {
		if len(p.links) > 0 || len(p.handlers) > 0 || p.elements["script"]+p.elements["img"]+p.elements["link"]+p.elements["iframe"] > 0 || p.elements["style"] != 1 {
			t.Errorf("links %v, handlers %v, elements %v", p.links, p.handlers, p.elements)
		}
	}
	if !strings.Contains(under.text.String(), "<script>alert(1)</script>") || !strings.Contains(text, "default-src 'none'") {
		t.Error("the hostile text is not shown as it is, or there is no content security policy")
	}
}

// TestGroups: results by group have a chart and a table.
func TestGroups(t *testing.T) {
	s := tinySummary(t)
	for i := range s.Results {
		if r := &s.Results[i]; r.Split == "test" {
			r.Groups = []compare.Group{{Group: "go", Queries: 5, Metrics: r.Metrics}, {Group: "java", Queries: 3, Metrics: r.Metrics}}
		}
	}
	p := parse(t, write(t, s, page.HTML))
	if p.elements["circle"] != 2*4+2+2*4 || !strings.Contains(p.text.String(), "mrr@10 by language or group") {
		t.Errorf("elements %v", p.elements)
	}
	text := write(t, s, page.Markdown)
	if !strings.Contains(text, "| tiny | java | 3 | lexical | 1.0000 (1.0000 to 1.0000) | +0.6754 (+0.4569 to +0.8343) | 0.0312 \\* |") {
		t.Error(text)
	}
}

// TestEscapes checks Markdown and LaTeX against hostile texts.
func TestEscapes(t *testing.T) {
	s := tinySummary(t)
	rows := map[page.Format]int{page.Markdown: 0, page.LaTeX: 0}
	for f := range rows {
		rows[f] = strings.Count(write(t, s, f), "\n")
	}
	attack(s)
	for f, want := range rows {
		text := write(t, s, f)
		if got := strings.Count(text, "\n"); got != want && f == page.LaTeX {
			t.Errorf("%s: %d lines, want %d: a text broke its line", f, got, want)
		}
		if strings.ContainsRune(text, '\u2028') || strings.Contains(text, "<script") && f == page.Markdown && !strings.Contains(text, `\<script`) {
			t.Errorf("%s holds a raw hostile text", f)
		}
		if f == page.Markdown {
			for line := range strings.Lines(text) {
				if plain := strings.NewReplacer(`\\`, "", `\<`, "", `\|`, "", "\\`", "").Replace(line); strings.ContainsAny(plain, "<`") {
					t.Errorf("an unescaped character in %s", line)
				}
			}
			continue
		}
		body := ""
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "%") {
				body += line
			}
		}
		if strings.Count(body, `\end{tabular}`) != strings.Count(body, `\begin{tabular}`) || strings.Count(body, "{")-strings.Count(body, `\{`) != strings.Count(body, "}")-strings.Count(body, `\}`) {
			t.Error("a text opened or closed something")
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteFails(t *testing.T) {
	s := tinySummary(t)
	for _, f := range page.Formats() {
		if err := page.Write(failing{}, s, f); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", f, err)
		}
	}
	if err := page.Write(&bytes.Buffer{}, s, "pdf"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("unknown format: %v", err)
	}
}

// TestLaTeXCompiles gives both to LaTeX, the hostile texts in the second.
func TestLaTeXCompiles(t *testing.T) {
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("no pdflatex here")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, name := range []string{"plain", "hostile"} {
		s := tinySummary(t)
		if name == "hostile" {
			attack(s)
		}
		dir := t.TempDir()
		text := "\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n\\begin{document}\n" + write(t, s, page.LaTeX) + "\\end{document}\n"
		if err := os.WriteFile(filepath.Join(dir, "a.tex"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(ctx, latex, "-halt-on-error", "-interaction=nonstopmode", "a.tex") //nolint:gosec // found on the path
		c.Dir = dir
		if said, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
}
