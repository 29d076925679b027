package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"go.lsp.dev/protocol"

	"loradex/internal/fault"
)

// command is one of ours. It takes one object.
type command struct {
	name string
	run  func(s *server, ctx context.Context, argument json.RawMessage) (any, error)
}

// commands is the whole table.
func commands() []command {
	return []command{
		{"loradex.search", (*server).search},
		{"loradex.similar", (*server).similar},
		{"loradex.setAdapter", (*server).setAdapter},
	}
}

// ExecuteCommand runs one of ours.
func (s *server) ExecuteCommand(ctx context.Context, p *protocol.ExecuteCommandParams) (protocol.LSPAny, error) {
	for _, c := range commands() {
		if c.name != p.Command {
			continue
		}
		if len(p.Arguments) != 1 {
			return nil, fault.New(fault.Invalid, "%s takes one object, got %d arguments", c.name, len(p.Arguments))
		}
		result, err := c.run(s, ctx, json.RawMessage(p.Arguments[0]))
		if err != nil {
			return nil, err
		}
		return json.Marshal(result)
	}
	return nil, fault.New(fault.Invalid, "there is no command %.100q", p.Command).WithHint("the commands are in the answer to initialize")
}

// decodeArgument reads a command's object. Unknown members are refused: a misspelt "adapter" would search with another.
func decodeArgument(data json.RawMessage, out any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(out)
	if err == nil {
		if _, more := d.Token(); errors.Is(more, io.EOF) {
			return nil
		}
		err = errors.New("there is more behind the object")
	}
	var known *fault.Error
	if errors.As(err, &known) { // a mix: it says itself what is wrong
		return err
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fault.New(fault.Invalid, "the argument does not fit the command: a JSON %s at byte %d", wrong.Value, wrong.Offset).
			WithHint("it is one object")
	}
	return fault.Wrap(fault.Invalid, err, "the argument does not fit the command")
}
