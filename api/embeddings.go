package api

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
)

// embeddingList is the answer of /v1/embeddings, as OpenAI's API documents it.
type embeddingList struct {
	Object string      `json:"object"` // "list"
	Data   []embedding `json:"data"`
	Model  string      `json:"model"` // "base" or the model's own name, as it was asked for, and ":" with the mix in canonical spelling
	Usage  usage       `json:"usage"`
	Note   string      `json:"note,omitempty"` // what was decided for a client that cannot say it
}

// noteHeader holds embeddingList.Note, for clients that see no other member.
const noteHeader = "Loradex-Note"

// embedding is one vector of unit length.
type embedding struct {
	Object    string `json:"object"` // "embedding"
	Index     int    `json:"index"`  // of the input
	Embedding any    `json:"embedding"`
}

// usage counts tokens as they are encoded: after the cut, special tokens included.
type usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// embeddings answers POST /v1/embeddings.
func (s *server) embeddings(c echo.Context) error {
	ctx := c.Request().Context()
	in, err := parseEmbeddingsRequest(func(into any) error { return decodeBody(c.Request(), into) }, s.opts.MaxInputs,
		func() (string, error) { return s.workspace.ModelName(ctx) })
	if err != nil {
		return err
	}
	if in.dimensions != 0 {
		have, err := s.workspace.Dimensions(ctx)
		if err != nil {
			return err
		}
		if in.dimensions != have {
			return fault.New(fault.Invalid, "vectors of %d dimensions are asked for, and the model makes %d", in.dimensions, have).
				WithHint("leave dimensions out")
		}
	}
	for i, tokens := range in.tokens {
		if in.rows[i].Text, err = s.workspace.Text(ctx, tokens); err != nil {
			return fault.Prefix(err, "input %d", i)
		}
	}
	out := embeddingList{Object: "list", Data: make([]embedding, len(in.rows)), Model: in.model}
	if !in.roleGiven {
		if out.Note, err = s.takeRoles(ctx, in.rows); err != nil {
			return err
		}
	}
	if out.Note != "" {
		c.Response().Header().Set(noteHeader, out.Note)
	}
	err = s.workspace.Each(ctx, in.rows, func(i int, v []float32, tokens int) error {
		out.Data[i] = embedding{Object: "embedding", Index: i, Embedding: v}
		if in.base64 {
			out.Data[i].Embedding = littleEndian(v)
		}
		out.Usage.PromptTokens += tokens
		return nil
	})
	if err != nil {
		return err
	}
	out.Usage.TotalTokens = out.Usage.PromptTokens
	return c.JSON(http.StatusOK, out)
}

// takeRoles gives texts whose mix has adapters for queries alone the role of queries, for clients that say no role, and returns a note
// about it.
func (s *server) takeRoles(ctx context.Context, rows []embed.Row) (note string, err error) {
	seen := map[adapters.Mix]bool{}
	var taken []string
	for i := range rows {
		query, ok := seen[rows[i].Mix]
		if !ok && !rows[i].Mix.IsBase() {
			if query, err = s.workspace.QuerySide(ctx, rows[i].Mix); err != nil {
				return "", err
			}
			seen[rows[i].Mix] = query
			if query {
				taken = append(taken, rows[i].Mix.String())
			}
		}
		if query {
			rows[i].Role = embed.Query
		}
	}
	if len(taken) == 0 {
		return "", nil
	}
	return "encoded as queries, since no input_type is given and the adapters are for queries alone: " + strings.Join(taken, ", "), nil
}

// littleEndian writes a vector the way OpenAI's clients read it: base64 of 32-bit floats, lowest byte first.
func littleEndian(v []float32) string {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
