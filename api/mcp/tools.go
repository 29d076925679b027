package mcp

// This file defines what is the same of all tools: how they are declared, called and answered.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/internal/fault"
)

// linksSince is the first revision that knows links in the answers of tools.
const linksSince = "2025-06-18"

func (s *Server) addTools() {
	add(s, "search", "Search code", searchText, s.search)
	add(s, "similar", "Find similar code", similarText, s.similar)
	add(s, "read", "Read code", readText, s.read)
	add(s, "status", "State of the index", statusText, s.status)
}

// add adds a tool that answers In with Out, and with links beside it.
func add[In, Out any](s *Server, name, title, text string, answer func(ctx context.Context, in In) (*Out, []sdk.Content, error)) {
	no := false
	tool := &sdk.Tool{
		Name: name, Title: title, Description: text, InputSchema: schemaOf[In](), OutputSchema: schemaOf[Out](),
		Annotations: &sdk.ToolAnnotations{Title: title, ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: &no, OpenWorldHint: &no},
	}
	s.sdk.AddTool(tool, func(ctx context.Context, r *sdk.CallToolRequest) (result *sdk.CallToolResult, _ error) {
		ctx, end, err := begin(ctx)
		if err != nil {
			return s.failed(name, err), nil
		}
		defer end()
		defer func() {
			if p := recover(); p != nil {
				result = s.failed(name, fault.Wrap(fault.Internal, fmt.Errorf("%v\n%s", p, debug.Stack()), "panic"))
			}
		}()
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-ctx.Done():
			return s.failed(name, ctx.Err()), nil
		}
		var in In
		if err := decode(r.Params.Arguments, &in); err != nil {
			return s.failed(name, err), nil
		}
		out, links, err := answer(ctx, in)
		if err != nil {
			return s.failed(name, err), nil
		}
		text, err := encode(out)
		if err != nil {
			return s.failed(name, err), nil
		}
		result = &sdk.CallToolResult{StructuredContent: json.RawMessage(text), Content: []sdk.Content{&sdk.TextContent{Text: string(text)}}}
		if r.ProtocolVersion() >= linksSince {
			result.Content = append(result.Content, links...)
		}
		return result, nil
	})
}

// decode reads the arguments of a tool. Unknown names are refused, as a misspelt filter would be answered without it.
func decode(data []byte, in any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || string(data) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(in); err != nil {
		return argumentError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "something stands behind the arguments").WithHint("the tool's input schema says what it takes")
	}
	return nil
}

// argumentError names the argument that is wrong.
func argumentError(err error) error {
	var is *json.UnmarshalTypeError
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &is) && is.Field != "":
		return fault.New(fault.Invalid, "the argument %s is of the type %s", is.Field[strings.LastIndexByte(is.Field, '.')+1:], is.Value).WithHint("it takes a %s", typeText(is.Type.Kind().String()))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.New(fault.Invalid, "there is no argument %s", name).WithHint("the tool's input schema says what it takes")
	}
	return fault.Wrap(fault.Invalid, err, "the arguments").WithHint("the tool's input schema says what it takes")
}

// typeText is a kind of Go as JSON calls it.
func typeText(kind string) string {
	switch kind {
	case "int":
		return "whole number"
	case "slice":
		return "list of strings"
	case "bool":
		return "true or false"
	}
	return kind
}

// encode writes an answer.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "an answer")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// failed is the one place that turns an error into the answer of a tool: code and message, and the fix in a line of its own. Of
// bugs it tells nothing but that they are; the log has the rest.
func (s *Server) failed(tool string, err error) *sdk.CallToolResult {
	code, message, hint := fault.CodeOf(err), err.Error(), fault.HintOf(err)
	if code == fault.Internal {
		s.opts.Log.Error("bug", "tool", tool, "error", err)
		message, hint = "internal error", ""
	}
	text := fmt.Sprintf("error (%s): %s", code, message)
	if hint != "" {
		text += "\nhint: " + hint
	}
	return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: text}}}
}

// schemaOf is the schema of a type, with one type in each place: what may be left out is not required, and not null either. It
// panics for a type that has none, which any test would see.
func schemaOf[T any]() *jsonschema.Schema {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		panic(err)
	}
	single(s)
	return s
}

// single leaves one type in each place of a schema.
func single(s *jsonschema.Schema) {
	for _, t := range s.Types {
		if t != "null" {
			s.Type, s.Types = t, nil
			break
		}
	}
	if s.Items != nil {
		single(s.Items)
	}
	for _, p := range s.Properties {
		single(p)
	}
}
