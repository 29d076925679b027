package mcp

// This file gives the cards of adapters as resources: what each was trained for, so that an agent can choose.

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/internal/fault"
)

// cardsAt is where the cards are; a name stands behind it.
const cardsAt = "loradex://adapters/"

const cardType = "application/json"

// addCards lets clients list and read the cards. The library may change at any time, so that it is looked into by each request.
func (s *Server) addCards() {
	s.sdk.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: cardsAt + "{name}", Name: "adapter", Title: "Card of an adapter", MIMEType: cardType,
		Description: "What an adapter of the library was trained for, on what, and what it measured",
	}, s.readCard)
	s.sdk.AddReceivingMiddleware(func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, r sdk.Request) (sdk.Result, error) {
			result, err := next(ctx, method, r)
			if list, ok := result.(*sdk.ListResourcesResult); ok && err == nil {
				return list, s.listCards(ctx, list)
			}
			return result, err
		}
	})
}

func (s *Server) listCards(ctx context.Context, list *sdk.ListResourcesResult) error {
	library, err := s.ws.Adapters(ctx)
	if err != nil {
		return s.wireError(err)
	}
	for _, e := range library {
		if e.Problem == "" {
			list.Resources = append(list.Resources, &sdk.Resource{
				URI: cardsAt + e.Name, Name: e.Name, Title: "Adapter " + e.Name, Description: e.Card.Description, MIMEType: cardType,
			})
		}
	}
	return nil
}

func (s *Server) readCard(ctx context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	library, err := s.ws.Adapters(ctx)
	if err != nil {
		return nil, s.wireError(err)
	}
	for _, e := range library {
		if name, ok := strings.CutPrefix(r.Params.URI, cardsAt); ok && name == e.Name && e.Problem == "" {
			text, err := encode(e)
			if err != nil {
				return nil, s.wireError(err)
			}
			return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: r.Params.URI, MIMEType: cardType, Text: string(text)}}}, nil
		}
	}
	return nil, sdk.ResourceNotFoundError(r.Params.URI)
}

// wireError is the error of a request that is no call of a tool.
func (s *Server) wireError(err error) error {
	code, message := fault.CodeOf(err), err.Error()
	if code == fault.Internal {
		s.opts.Log.Error("bug", "error", err)
		message = "internal error"
	}
	if hint := fault.HintOf(err); hint != "" && code != fault.Internal {
		message += " (" + hint + ")"
	}
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: message}
}
