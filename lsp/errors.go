package lsp

// This file is the one place that turns an error into a code of JSON-RPC or of the protocol.

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"loradex/internal/fault"
)

// codes maps every code of package fault.
var codes = map[fault.Code]jsonrpc2.Code{
	fault.Invalid:     jsonrpc2.InvalidParams,
	fault.NotFound:    jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed),
	fault.Conflict:    jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed),
	fault.Corrupt:     jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed),
	fault.Unsupported: jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed),
	fault.Unavailable: jsonrpc2.Code(protocol.LSPErrorCodesRequestFailed),
	fault.Canceled:    protocol.CodeRequestCancelled,
	fault.Internal:    jsonrpc2.InternalError,
}

// errorData tells an editor more than the code: the code of package fault, and the fix.
type errorData struct {
	Code fault.Code `json:"code"`
	Hint string     `json:"hint,omitempty"`
}

// wireError is what the editor gets. What is our bug is logged with all that is known, and answered without.
func (s *server) wireError(ctx context.Context, method string, err error) error {
	var known *fault.Error
	var wire *jsonrpc2.Error
	if !errors.As(err, &known) && errors.As(err, &wire) {
		if wire.Code == jsonrpc2.ParseError {
			// The message was JSON, or it would not have come here: its params do not fit the method.
			return jsonrpc2.NewError(jsonrpc2.InvalidParams, "the params do not fit the method"+
				strings.TrimPrefix(err.Error(), wire.Message))
		}
		return jsonrpc2.NewError(wire.Code, err.Error())
	}
	code := fault.CodeOf(err)
	out := jsonrpc2.NewError(codes[code], err.Error())
	if code == fault.Internal {
		s.logProblem(ctx, method, err)
		out.Message = "internal error"
	}
	if out.Data, err = json.Marshal(errorData{Code: code, Hint: fault.HintOf(err)}); err != nil {
		out.Data = nil
	}
	return out
}

// logProblem shows an error in the editor's log. Messages that came too early or too late are no problem, and neither
// are notifications that we do not know.
func (s *server) logProblem(ctx context.Context, method string, err error) {
	var wire *jsonrpc2.Error
	if err == nil || errors.As(err, &wire) && wire.Code != jsonrpc2.ParseError {
		return
	}
	// A client that does not read any more ends the connection anyway: nothing is lost with this error.
	_ = s.client.LogMessage(context.WithoutCancel(ctx), &protocol.LogMessageParams{
		Type:    protocol.MessageTypeError,
		Message: "loradex: " + method + ": " + err.Error(),
	})
}
