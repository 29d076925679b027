package indexer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/go-enry/go-enry/v2"

	"loradex/internal/fault"
)

// This file reads Jupyter notebooks, nbformat 3 and 4: each cell is source of its language, and its lines are those of the
// .ipynb file. Outputs are left out.

// notebookBytes is how large a notebook may be: most of it is outputs, which are not kept.
const notebookBytes = 32 << 20

// notebook is what counts of a notebook.
type notebook struct {
	cells    []cell
	language string // of its code, lower case; "" where it does not say
}

type cell struct {
	kind, language string
	text           []byte
	lines          []int // of the file, for each line of the text
}

func isNotebook(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".ipynb") }

// notebookReader walks the tokens of a notebook and counts lines.
type notebookReader struct {
	data    []byte
	in      *json.Decoder
	counted int64 // bytes whose newlines are in line
	line    int
}

var errNotebook = errors.New("not a notebook")

// parseNotebook reads a notebook.
func parseNotebook(data []byte) (*notebook, error) {
	r := &notebookReader{data: data, in: json.NewDecoder(bytes.NewReader(data)), line: 1}
	nb, found := &notebook{}, false
	err := r.object(func(key string) error {
		switch key {
		case "cells":
			found = true
			return r.cells(nb)
		case "worksheets":
			found = true
			return r.array(func() error {
				return r.object(func(key string) error {
					if key == "cells" {
						return r.cells(nb)
					}
					return r.skip()
				})
			})
		case "metadata":
			var m struct {
				Info   struct{ Name string }     `json:"language_info"`
				Kernel struct{ Language string } `json:"kernelspec"`
			}
			if err := r.value(&m); err != nil {
				return err
			}
			if nb.language = m.Info.Name; nb.language == "" {
				nb.language = m.Kernel.Language
			}
			return nil
		}
		return r.skip()
	})
	if err != nil || !found {
		return nil, errors.Join(errNotebook, err)
	}
	nb.language = languageNamed(nb.language)
	return nb, nil
}

func (r *notebookReader) cells(nb *notebook) error {
	return r.array(func() error {
		var c cell
		err := r.object(func(key string) error {
			switch key {
			case "cell_type":
				return r.value(&c.kind)
			case "language":
				return r.value(&c.language)
			case "source", "input":
				return r.source(&c)
			}
			return r.skip()
		})
		if len(bytes.TrimSpace(c.text)) > 0 {
			nb.cells = append(nb.cells, c)
		}
		return err
	})
}

// source reads a cell's text: a list of lines, or one string.
func (r *notebookReader) source(c *cell) error {
	add := func(t json.Token) error {
		s, ok := t.(string)
		if !ok {
			return errNotebook
		}
		at := r.lineNow()
		for line := range strings.SplitAfterSeq(s, "\n") {
			if line == "" {
				continue
			}
			if len(c.text) == 0 || c.text[len(c.text)-1] == '\n' {
				c.lines = append(c.lines, at)
			}
			c.text = append(c.text, line...)
		}
		return nil
	}
	t, err := r.in.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return add(t)
	}
	for r.in.More() {
		if t, err = r.in.Token(); err != nil {
			return err
		}
		if err := add(t); err != nil {
			return err
		}
	}
	_, err = r.in.Token()
	return err
}

// lineNow is the line of the token that was read last.
func (r *notebookReader) lineNow() int {
	at := min(r.in.InputOffset(), int64(len(r.data)))
	r.line += bytes.Count(r.data[r.counted:at], []byte("\n"))
	r.counted = at
	return r.line
}

// object reads an object; member reads the value of each key.
func (r *notebookReader) object(member func(key string) error) error {
	if t, err := r.in.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errNotebook, err)
	}
	for r.in.More() {
		t, err := r.in.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return errNotebook
		}
		if err := member(key); err != nil {
			return err
		}
	}
	_, err := r.in.Token()
	return err
}

func (r *notebookReader) array(element func() error) error {
	if t, err := r.in.Token(); err != nil || t != json.Delim('[') {
		return errors.Join(errNotebook, err)
	}
	for r.in.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := r.in.Token()
	return err
}

// value reads a value that should be of a type; one that is of another is passed over.
func (r *notebookReader) value(to any) error {
	var raw json.RawMessage
	if err := r.in.Decode(&raw); err != nil {
		return err
	}
	_ = json.Unmarshal(raw, to) //nolint:errcheck // see above
	return nil
}

func (r *notebookReader) skip() error {
	depth := 0
	for {
		t, err := r.in.Token()
		if err != nil {
			return errors.Join(io.ErrUnexpectedEOF, err)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// languageOf says in which language a cell is written: a cell magic names another than the notebook's.
func (n *notebook) languageOf(c *cell) string {
	switch c.kind {
	case "markdown", "heading":
		return "markdown"
	case "code":
	default:
		return ""
	}
	if magic, ok := bytes.CutPrefix(c.text, []byte("%%")); ok {
		name := string(magic[:len(magic)-len(bytes.TrimLeft(magic, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))])
		if language := languageNamed(name); language != "" {
			return language
		}
	}
	if language := languageNamed(c.language); language != "" {
		return language
	}
	return n.language
}

// languageNamed is go-enry's language of a name or an alias, in lower case; "" where it knows none.
func languageNamed(name string) string {
	language, _ := enry.GetLanguageByAlias(strings.TrimSpace(name))
	return strings.ToLower(language)
}

// splitNotebook cuts each cell by itself.
func splitNotebook(ctx context.Context, data []byte, split func(context.Context, string, []byte) ([]Chunk, error)) ([]Chunk, error) {
	nb, err := parseNotebook(data)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "a notebook that cannot be read")
	}
	var out []Chunk
	for i := range nb.cells {
		c := &nb.cells[i]
		chunks, err := split(ctx, nb.languageOf(c), c.text)
		if err != nil {
			return nil, err
		}
		for _, k := range chunks {
			k.StartLine, k.EndLine = c.fileLine(k.StartLine), c.fileLine(k.EndLine)
			out = append(out, k)
		}
	}
	return out, nil
}

// fileLine is the line of the file that holds a line of the cell.
func (c *cell) fileLine(n int) int { return c.lines[min(max(n, 1), len(c.lines))-1] }
