package experiment

// This file says in a report what exactly was measured.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"loradex/adapters"
	"loradex/embed"
	"loradex/evaluation"
)

// describe fills in what a report says of the encoder, for the mixes of o, and returns the space of the documents.
func describe(ctx context.Context, enc *embed.Encoder, o *evaluation.Options) (docs embed.Space, err error) {
	docs, queries, err := spacesOf(ctx, enc, o)
	if err != nil {
		return docs, err
	}
	o.Model, o.MaxTokens, o.Truncation = docs.Model, docs.MaxTokens, docs.Windows
	o.Digests.Adapter, o.Digests.DocAdapter = evaluation.Short(queries.MixDigest), evaluation.Short(docs.MixDigest)
	o.Digests.Model = shortSum([]any{
		docs.Base, docs.Tokenizer, docs.Prompt, enc.Model().Prompts.Query(), docs.Pooling, docs.Normalize, docs.Precision, docs.Dimensions,
	})
	return docs, nil
}

// spacesOf are the spaces of an evaluation's documents and of its queries.
func spacesOf(ctx context.Context, enc *embed.Encoder, o *evaluation.Options) (docs, queries embed.Space, err error) {
	if docs, err = enc.Space(ctx, o.DocAdapter); err != nil {
		return docs, queries, err
	}
	queries, err = enc.Space(ctx, o.Adapter)
	return docs, queries, err
}

// languagesDigest stands for the mixes of a language-wise evaluation.
func languagesDigest(ctx context.Context, enc *embed.Encoder, languages map[string]adapters.Mix) (string, error) {
	var parts []string
	for _, language := range slices.Sorted(maps.Keys(languages)) {
		space, err := enc.Space(ctx, languages[language])
		if err != nil {
			return "", err
		}
		parts = append(parts, language, space.MixDigest)
	}
	return shortSum(parts), nil
}

// shortSum is the short digest of a value's JSON.
func shortSum(v any) string {
	text, _ := json.Marshal(v) //nolint:errchkjson // strings, numbers and booleans only
	sum := sha256.Sum256(text)
	return evaluation.Short(hex.EncodeToString(sum[:]))
}
