package mine

import (
	"bytes"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/indexer/gitrepo"
	"loradex/internal/fault"
)

// Bounds on commits that say something about a function: one that changed more was about something larger.
const (
	maxChangedFiles     = 12 // of all sorts
	maxChangedCode      = 4  // with code that is no test
	maxChangedFunctions = 3
	minSubjectWords     = 4
)

var (
	// noise is a subject that says nothing about code.
	noise = regexp.MustCompile(`(?i)^(merge|revert|bump|wip|fixup!|squash!|amend!|release|releasing|prepare|version|v?\d+\.\d+|` +
		`initial|first commit|apply suggestions|address|review|typos?|fmt|gofmt|go fmt|lint|linter|format|formatting|cleanup|nit|` +
		`docs?|tests?|ci|chore|build|style|misc|minor|small (fix|change)|temp|tmp|changelog|readme|comments?)\b` +
		`|^(updat|upgrad|pin|fix|add|improv|remov|mov|renam|correct|clarif|shorten)\w* .*\b(readme|dependenc(y|ies)|deps|go\.mod|vendor|copyright|licen[cs]e|comments?|ci)\b` +
		`|\b(change ?log|docs?|docstrings?|documentation|typos?|(unit|integration)?[ -]?tests?|lint(er|ing)?|godoc|mypy|pylint|flake8|type[ -]ignores?|pre-commit|github actions?|` +
		`readability|simplify (the )?code|moderni[sz]e|built-?in (min|max)\S*|for[ -]loops?|refactor(ed|ing)?|code style)\b`)
	// conventional is "feat(scope)!: "; the types that are not about code are noise.
	conventional = regexp.MustCompile(`^(?i:feat|feature|fix|bugfix|perf|refactor|improvement|enhancement|security)(\([^)]*\))?!?:\s+`)
	// scoped is "net/http, io: ", "[api] " or "ABC-12: ".
	scoped   = regexp.MustCompile(`^(\[[^\]]{1,40}\]\s*|[A-Z]{2,10}-\d+:?\s+)*([\w./*{}-]{1,60}(,\s*[\w./*{}-]{1,60})*:\s+)?`)
	issueRef = regexp.MustCompile(`(?i)\s*(\([^()]*#\d+[^()]*\)|\[(skip ci|ci skip)\]|\b(fix(es)?|close[sd]?|resolve[sd]?|refs?|see|issue|pr):?\s+#\d+|\(?#\d+\)?)`)
)

// subjectQuery makes a query of a commit's subject, or says why it is none.
func subjectQuery(subject string) (query string, why string) {
	subject = strings.Join(strings.Fields(issueRef.ReplaceAllString(subject, " ")), " ")
	if noise.MatchString(subject) {
		return "", leftNoise
	}
	query = plain(scoped.ReplaceAllString(conventional.ReplaceAllString(subject, ""), ""))
	query = strings.TrimRight(query, " .,;")
	switch {
	case noise.MatchString(query):
		return "", leftNoise
	case len(strings.Fields(query)) < minSubjectWords:
		return "", leftShort
	}
	return query, judge(query)
}

// mineCommits pairs the subjects of commits with the functions that they changed, as these are now.
func mineCommits(ctx context.Context, r *run) ([]pair, error) {
	if r.history == nil || r.report.Rev == "" {
		return nil, nil
	}
	m := &commitMiner{run: r, languages: map[string]string{}, outlines: map[string]outline{}}
	for i := range r.corpus.docs {
		m.languages[r.corpus.docs[i].path] = r.corpus.docs[i].language
	}
	for c, err := range r.history(ctx, r.report.Rev) {
		if err != nil {
			return nil, err
		}
		if r.report.Commits++; r.report.Commits%16 == 0 {
			r.opts.Progress(indexer.Progress{Phase: string(kindCommit), Done: r.report.Commits, Total: r.opts.limits.commits})
		}
		if err := m.visit(ctx, c); err != nil {
			return nil, err
		}
		if r.report.Commits == r.opts.limits.commits {
			break
		}
	}
	return m.pairs, nil
}

// commitMiner is the state of one walk over the history.
type commitMiner struct {
	*run
	languages map[string]string // of the files that are there now, without tests
	outlines  map[string]outline
	pairs     []pair
}

// outline is the code of the definitions of a file by symbol, without their documentation.
type outline map[string]string

// maxOutlines bounds how many versions of files are remembered: an older commit's new version is a newer one's old one.
const maxOutlines = 512

func (m *commitMiner) visit(ctx context.Context, c gitrepo.Commit) error {
	if c.Parents != 1 {
		m.report.leave(kindCommit, leftNoise) // a merge, or the beginning
		return nil
	}
	query, why := subjectQuery(c.Subject)
	var docs []int
	if why == "" {
		var err error
		docs, why, err = m.changed(ctx, c)
		if fault.CodeOf(err) == fault.NotFound && err != nil {
			why = leftMissing
		} else if err != nil {
			return err
		}
	}
	if why != "" {
		m.report.leave(kindCommit, why)
		return nil
	}
	m.pairs = append(m.pairs, pair{kind: kindCommit, id: c.Hash, query: query, docs: docs})
	return nil
}

// changed lists the definitions of today that a commit changed, in the order of their paths and lines.
func (m *commitMiner) changed(ctx context.Context, c gitrepo.Commit) (docs []int, why string, err error) {
	changes, large, err := c.Changes(ctx, maxChangedFiles)
	if err != nil || large {
		return nil, leftLarge, err
	}
	changes = slices.DeleteFunc(changes, func(ch gitrepo.Change) bool { return m.languages[ch.Path] == "" })
	if len(changes) > maxChangedCode {
		return nil, leftLarge, nil
	}
	count := 0
	for _, change := range changes {
		symbols, err := m.symbols(ctx, change)
		if err != nil {
			return nil, "", err
		}
		count += len(symbols)
		for _, symbol := range symbols {
			for _, at := range m.corpus.byPlace[change.Path+"\x00"+symbol] {
				if m.corpus.docs[at].definition && !slices.Contains(docs, at) {
					docs = append(docs, at)
				}
			}
		}
	}
	switch {
	case count > maxChangedFunctions:
		return nil, leftLarge, nil
	case len(docs) == 0:
		return nil, leftNoTarget, nil
	}
	return docs, "", nil
}

// symbols lists the definitions whose code a change wrote, sorted.
func (m *commitMiner) symbols(ctx context.Context, change gitrepo.Change) ([]string, error) {
	after, err := m.outline(ctx, change, change.New)
	if err != nil {
		return nil, err
	}
	before := outline{}
	if change.Old != "" {
		if before, err = m.outline(ctx, change, change.Old); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, symbol := range slices.Sorted(maps.Keys(after)) {
		if after[symbol] != before[symbol] {
			out = append(out, symbol)
		}
	}
	return out, nil
}

func (m *commitMiner) outline(ctx context.Context, change gitrepo.Change, blob string) (outline, error) {
	language := m.languages[change.Path]
	key := language + ":" + blob
	if o, ok := m.outlines[key]; ok {
		return o, nil
	}
	data, err := change.Read(blob, indexer.DefaultMaxFileBytes)
	if err != nil {
		return nil, err
	}
	chunks, err := chunk.Split(ctx, language, bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if err != nil {
		return nil, err
	}
	o, style := outline{}, styleOf(language)
	for _, c := range undocumented(chunks, style) {
		if slices.Contains(definitionKinds, c.Kind) && c.Symbol != "" {
			o[c.Symbol] += codeKey(c.Text)
		}
	}
	if len(m.outlines) >= maxOutlines {
		clear(m.outlines)
	}
	m.outlines[key] = o
	return o, nil
}
