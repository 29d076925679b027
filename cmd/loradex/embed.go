package main

import (
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

func embedCommand(a *app) *cobra.Command {
	var mix, role string
	var maxTokens int
	c := &cobra.Command{
		Use:   "embed [--adapter MIX] [--role query|document] < in.jsonl > out.jsonl",
		Short: "Turn texts into vectors, JSON lines in and out",
		Long: "Each line of standard input is {\"id\", \"text\", \"role\"?, \"adapter\"?}; each line of output is {\"id\", \"embedding\"}, in\n" +
			"the same order. A row's own role and adapter win over the flags; adapter is a mix as text or as JSON. A line that\n" +
			"cannot be used ends the command with its number, after the rows before it were written.",
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
			return a.embedLines(cmd.Context(), defaults, maxTokens)
		},
	}
	c.Flags().StringVar(&mix, "adapter", "none", "mix for rows that name none")
	c.Flags().StringVar(&role, "role", "document", "role of rows that name none: query or document")
	c.Flags().IntVar(&maxTokens, "max-tokens", 0, "where texts are cut (default the model's limit)")
	completeFlag(c, "adapter", a.completeMix)
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
func (a *app) embedLines(ctx context.Context, defaults embed.Row, maxTokens int) error {
	o, err := a.EncoderOptions(ctx)
	if err != nil {
		return err
	}
	if maxTokens > 0 {
		o.MaxTokens = maxTokens
	}
	eng, err := a.OpenEngine(ctx, o)
	if err != nil {
		return err
	}
	lines := newLineReader(a.in)
	var ids []json.RawMessage
	var rows []embed.Row
	flush := func() error {
		if err := a.embedBatch(ctx, eng.Encoder, ids, rows); err != nil {
			return fault.Wrap(fault.CodeOf(err), err, "lines up to %d", lines.number)
		}
		ids, rows = ids[:0], rows[:0]
		return nil
	}
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		var id json.RawMessage
		var row embed.Row
		if err == nil {
			id, row, err = parseRow(line, defaults)
		}
		if err != nil {
			bad := fault.Wrap(fault.CodeOf(err), err, "line %d", lines.number)
			// What came before is good, and is written.
			return errors.Join(bad, flush())
		}
		ids, rows = append(ids, id), append(rows, row)
		if len(rows) == embedBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// embedBatch encodes some rows and writes their lines.
func (a *app) embedBatch(ctx context.Context, enc *embed.Encoder, ids []json.RawMessage, rows []embed.Row) error {
	vectors, err := enc.Encode(ctx, rows)
	if err != nil {
		return err
	}
	out := json.NewEncoder(a.out)
	for i, v := range vectors {
		if err := out.Encode(outputRow{ID: ids[i], Embedding: v}); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the output cannot be written")
		}
	}
	if err := a.out.Flush(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the output cannot be written")
	}
	return nil
}
