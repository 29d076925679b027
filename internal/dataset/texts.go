package dataset

// This file defines the reader of corpus.jsonl and queries.jsonl.

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MaxTexts is the largest number of documents or queries that a data set may have: indexes fit an int32.
const MaxTexts = 1<<31 - 1

// maxGroups is the largest number of groups that the queries of a split may have: each is a row of a report.
const maxGroups = 1000

// maxGroup bounds the name of a group, in bytes: it is a row of a table.
const maxGroup = 100

// line is one document or query as the file holds it. Pointers tell an absent field from an empty one.
type line struct {
	ID    *textID `json:"_id"`
	Title *string `json:"title"`
	Text  *string `json:"text"`
	// Language is no field of BEIR's: some exports of code have it.
	Language any `json:"language"`
	// Group and Metadata.Group are ours: what queries are counted by in a report.
	Group    any             `json:"group"`
	Metadata json.RawMessage `json:"metadata"` // of any shape
}

// group is the group that a line names, in its metadata first: BEIR keeps there what is not text.
func (l *line) group() string {
	var metadata struct {
		Group any `json:"group"`
	}
	if len(l.Metadata) > 0 && l.Metadata[0] == '{' {
		_ = json.Unmarshal(l.Metadata, &metadata) // the line was parsed: this is an object, and its group of any type
	}
	for _, g := range []any{metadata.Group, l.Group} {
		switch g := g.(type) {
		case string:
			if name := strings.TrimSpace(g); name != "" {
				return name
			}
		case float64:
			return strconv.FormatFloat(g, 'g', -1, 64)
		}
	}
	return ""
}

// textID is an id: a string, or an integer, which some exports use; it then stands for its digits.
type textID string

// UnmarshalJSON accepts a string or an integer.
func (t *textID) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return errors.New("_id is neither a string nor an integer")
	}
	if _, err := n.Int64(); err != nil {
		return fmt.Errorf("_id %s is neither a string nor an integer", n)
	}
	*t = textID(n)
	return nil
}

// readTexts reads documents or queries, sorted by id; the file's bytes go into sum. keep, where not nil, picks the ids to hold
// in memory; all lines are checked.
func readTexts(path string, sum hash.Hash, keep func(id string) bool) ([]Text, error) {
	var texts []Text
	seen := make(map[string]int) // id to line
	parse := func(n int, data []byte) error {
		text, err := parseText(data)
		if err != nil {
			return err
		}
		if first, ok := seen[text.ID]; ok {
			return fmt.Errorf("_id %q stands in line %d already", text.ID, first)
		}
		if len(seen) == MaxTexts {
			return fmt.Errorf("more than %d texts", MaxTexts)
		}
		seen[text.ID] = n
		if keep == nil {
			text.Group = "" // a document has none: what such a field means there is not known
		}
		if len(text.Group) > maxGroup || strings.ContainsFunc(text.Group, unicode.IsControl) {
			return fmt.Errorf("the group is not a name of at most %d bytes", maxGroup)
		}
		if keep == nil || keep(text.ID) {
			texts = append(texts, text)
		}
		return nil
	}
	if err := withFile(path, sum, func(r io.Reader) error { return Lines(r, path, MaxLine, parse) }); err != nil {
		return nil, err
	}
	slices.SortFunc(texts, func(a, b Text) int { return strings.Compare(a.ID, b.ID) })
	return texts, nil
}

// parseText decodes one line. The text is the title, a space and the text, trimmed: what every published BEIR figure
// is measured on.
func parseText(data []byte) (Text, error) {
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return Text{}, fmt.Errorf("not a document or query: %w", err)
	}
	if l.ID == nil {
		return Text{}, errors.New("_id is missing")
	}
	if err := checkID(string(*l.ID)); err != nil {
		return Text{}, fmt.Errorf("_id %w", err)
	}
	if l.Text == nil {
		return Text{}, errors.New("text is missing")
	}
	text := *l.Text
	if l.Title != nil {
		text = *l.Title + " " + text
	}
	language, _ := l.Language.(string) // of another type it is none of ours
	return Text{ID: string(*l.ID), Text: strings.TrimSpace(text), Language: strings.ToLower(language), Group: l.group()}, nil
}

// checkID refuses ids that a run file could not hold: TREC's columns are separated by white space. Better here than
// after an hour of encoding.
func checkID(id string) error {
	if id == "" {
		return errors.New("is empty")
	}
	if strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf("%q holds white space, which a run file cannot", id)
	}
	return nil
}
