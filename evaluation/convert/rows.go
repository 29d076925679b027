package convert

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// Row is one record of a file: its fields by name. JSON values are decoded as encoding/json does, numbers as json.Number;
// those of Parquet are strings, json.Numbers and lists of strings.
type Row map[string]any

// text returns a field as text: a string as it is, a number in digits, a list of tokens joined by blanks; "" where there
// is none.
func (r Row) text(names ...string) string {
	for _, name := range names {
		switch v := r[name].(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		case []any:
			parts := make([]string, 0, len(v))
			for _, p := range v {
				if s, ok := p.(string); ok {
					parts = append(parts, s)
				}
			}
			return strings.Join(parts, " ")
		}
	}
	return ""
}

// size is how many bytes of text the fields hold.
func (r Row) size() int {
	n := 0
	for _, field := range r {
		switch v := field.(type) {
		case string:
			n += len(v)
		case []any:
			for _, part := range v {
				if s, ok := part.(string); ok {
					n += len(s)
				}
			}
		}
	}
	return n
}

// number returns a field as a number, and whether it is one.
func (r Row) number(names ...string) (float64, bool) {
	for _, name := range names {
		if _, there := r[name]; there {
			v, err := strconv.ParseFloat(r.text(name), 64)
			return v, err == nil
		}
	}
	return 0, false
}

// group is the group that a query names, in its metadata first.
func (r Row) group() string {
	if metadata, ok := r["metadata"].(map[string]any); ok {
		if group := Row(metadata).text("group"); group != "" {
			return group
		}
	}
	return r.text("group")
}

// eachRow calls f with every record of a file: .parquet, .json (one array) or JSON lines, the last two also with .gz.
// Errors of f are wrapped with file and record.
func eachRow(ctx context.Context, path string, f func(Row) error) error {
	n := 0
	counted := func(row Row) error {
		n++
		if err := ctx.Err(); err != nil {
			return fault.Wrap(fault.Canceled, err, "converting stopped")
		}
		if n > dataset.MaxTexts {
			return fault.New(fault.Invalid, "%s has more than %d records", path, dataset.MaxTexts)
		}
		if size := row.size(); size > dataset.MaxLine {
			return fault.New(fault.Invalid, "%s, record %d has %d MiB of text; more than %d", path, n, size>>20, dataset.MaxLine>>20)
		}
		if err := f(row); err != nil {
			return fault.Prefix(err, "%s, record %d", path, n)
		}
		return nil
	}
	if strings.HasSuffix(path, ".parquet") {
		return eachParquetRow(path, counted)
	}
	r, err := open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	if strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".json") {
		return eachElement(r, path, counted)
	}
	return eachLine(r, path, counted)
}

// open opens a file and, where its name ends in .gz, unpacks it.
func open(path string) (io.ReadCloser, error) {
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, openError(err, path)
	}
	if !strings.HasSuffix(path, ".gz") {
		return file, nil
	}
	packed, err := gzip.NewReader(file)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Invalid, err, "%s is not compressed with gzip", path), file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{packed, file}, nil
}

func eachLine(r io.Reader, path string, f func(Row) error) error {
	return dataset.Lines(r, path, dataset.MaxLine, func(_ int, line []byte) error {
		row, err := parseRow(line)
		if err != nil {
			return err
		}
		return f(row)
	})
}

// parseRow reads one JSON object.
func parseRow(data []byte) (Row, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var row Row
	if err := d.Decode(&row); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "not a JSON object")
	}
	if row == nil {
		return nil, fault.New(fault.Invalid, "null is not a record")
	}
	return row, nil
}

// eachElement reads an array of objects, one at a time. An element is as long as a line may be.
func eachElement(r io.Reader, path string, f func(Row) error) error {
	bounded := &allowance{r: r, left: maxElement}
	buffered := bufio.NewReader(bounded)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3) // it was read
	}
	d := json.NewDecoder(buffered)
	d.UseNumber()
	open, err := d.Token()
	if err != nil || open != json.Delim('[') {
		return fault.New(fault.Invalid, "%s is not an array of JSON objects", path)
	}
	for d.More() {
		before := d.InputOffset()
		var row Row
		bounded.left = maxElement
		if err := d.Decode(&row); err != nil {
			return fault.Wrap(fault.Invalid, err, "%s, after byte %d", path, before)
		}
		if row == nil {
			return fault.New(fault.Invalid, "%s, after byte %d: null is not a record", path, before)
		}
		if err := f(row); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s ends within its array", path)
	}
	return nil
}

// maxElement is how much is read for one element: what it may hold, and what a decoder reads ahead.
const maxElement = 2 * dataset.MaxLine

// allowance is a reader that ends with an error where more is read than is left.
type allowance struct {
	r    io.Reader
	left int
}

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, fault.New(fault.Invalid, "a record is longer than %d MiB", maxElement>>20)
	}
	n, err := a.r.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}

func openError(err error, path string) error {
	if errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(fault.NotFound, err, "%s is not there", path)
	}
	return fault.Wrap(fault.Unavailable, err, "%s cannot be read", path)
}
