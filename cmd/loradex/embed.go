package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
)

// embedBatch is how many rows are encoded, and held, at a time.
const embedBatch = 256

// maxLine is the longest line of input, in bytes.
const maxLine = 16 << 20

func embedCommand(a *app) *cobra.Command {
	var mix, role string
	var maxTokens int
	c := &cobra.Command{
		Use:   "embed [--adapter MIX] [--role query|document] < in.jsonl > out.jsonl",
		Short: "Turn texts into vectors, JSON lines in and out",
		Long: "Each line of standard input is {\"id\", \"text\", \"role\"?, \"adapter\"?}; each line of output is {\"id\", \"embedding\"}, in\n" +
			"the same order. A row's own role and adapter win over the flags; adapter is a mix as text or as JSON. Documents take\n" +
			"no adapter that was trained for queries alone. A line that cannot be used ends the command with its number, after the\n" +
			"rows before it were written.",
		Example: `  echo '{"id":1,"text":"read a file","adapter":"godoc"}' | loradex embed --role query`,
		Args:    exactArgs(0, "no arguments; texts come from standard input"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.plainErrors = true
			defaults := embed.Row{}
			var err error
			if defaults.Mix, err = parseMix("adapter", mix); err != nil {
				return err
			}
			if defaults.Role, err = parseRole(role); err != nil {
				return usage(wrapFlag("role", err))
			}
			if maxTokens < 0 {
				return usagef("0 is the model's limit", "--max-tokens is %d", maxTokens)
			}
			return embedLines(cmd.Context(), a, defaults, maxTokens)
		},
	}
	c.Flags().StringVar(&mix, "adapter", adapters.BaseMix, "mix for rows that name none")
	c.Flags().StringVar(&role, "role", "document", "role of rows that name none: query or document")
	c.Flags().IntVar(&maxTokens, "max-tokens", 0, "where texts are cut (default the model's limit)")
	completeFlag(c, "adapter", completeMix(a))
	completeFlag(c, "role", fixed("query", "document"))
	return c
}

// inputRow is a line of input. Unknown fields are refused: a misspelt "adapter" would give the base's vectors.
type inputRow struct {
	ID      json.RawMessage `json:"id"`
	Text    *string         `json:"text"`
	Role    *string         `json:"role"`
	Adapter *adapters.Mix   `json:"adapter"`
}

// outputRow is a line of output.
type outputRow struct {
	ID        json.RawMessage `json:"id"`
	Embedding []float32       `json:"embedding"`
}

func parseRole(name string) (embed.Role, error) {
	switch name {
	case "query":
		return embed.Query, nil
	case "document":
		return embed.Document, nil
	}
	return 0, fault.New(fault.Invalid, "%q is not a role", name).WithHint("use query or document")
}

// parseRow reads a line. Fields that it lacks come from defaults.
func parseRow(line []byte, defaults embed.Row) (id json.RawMessage, row embed.Row, err error) {
	var in inputRow
	if err := decodeStrict(line, &in); err != nil {
		var known *fault.Error
		if errors.As(err, &known) { // a mix
			return nil, row, err
		}
		return nil, row, fault.Wrap(fault.Invalid, err, "not a row").WithHint(`a row is {"id", "text", "role"?, "adapter"?}`)
	}
	switch {
	case len(in.ID) == 0 || (in.ID[0] != '"' && in.ID[0] != '-' && (in.ID[0] < '0' || in.ID[0] > '9')):
		return nil, row, fault.New(fault.Invalid, "no id").WithHint("give each row an \"id\": a string or a number")
	case in.Text == nil:
		return nil, row, fault.New(fault.Invalid, "no text").WithHint("give each row a \"text\": a string")
	}
	row = defaults
	row.Text = *in.Text
	if in.Role != nil {
		if row.Role, err = parseRole(*in.Role); err != nil {
			return nil, row, err
		}
	}
	if in.Adapter != nil {
		row.Mix = *in.Adapter
	}
	return in.ID, row, nil
}

// embedLines encodes standard input in batches, in order.
func embedLines(ctx context.Context, a *app, defaults embed.Row, maxTokens int) error {
	enc, err := a.Encoder(ctx, func(o *embed.Options) { o.MaxTokens = cmp.Or(maxTokens, o.MaxTokens) })
	if err != nil {
		return err
	}
	lines, number := bufio.NewScanner(a.in), 0
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	var ids []json.RawMessage
	var rows []embed.Row
	flush := func() error {
		vectors, err := enc.Encode(ctx, rows)
		if err == nil {
			err = a.printVectors(ids, vectors)
		}
		if err != nil {
			return fault.Prefix(err, "lines up to %d", number)
		}
		ids, rows = ids[:0], rows[:0]
		return nil
	}
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		id, row, err := parseRow(line, defaults)
		if err != nil { // what came before is good, and is written
			return errors.Join(fault.Prefix(err, "line %d", number), flush())
		}
		ids, rows = append(ids, id), append(rows, row)
		if len(rows) == embedBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		number++
		err = fault.New(fault.Invalid, "line %d: longer than %d bytes", number, maxLine)
		return errors.Join(err, flush())
	case err != nil:
		return errors.Join(fault.Wrap(fault.Unavailable, err, "line %d: standard input cannot be read", number), flush())
	}
	return flush()
}

// printVectors writes a line for each vector, at once.
func (p *printer) printVectors(ids []json.RawMessage, vectors [][]float32) error {
	out := json.NewEncoder(p.out)
	for i, v := range vectors {
		if err := out.Encode(outputRow{ID: ids[i], Embedding: v}); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the output cannot be written")
		}
	}
	return p.flush()
}

// decodeStrict reads one JSON value with known fields and nothing after it.
func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the value")
	}
	return nil
}
