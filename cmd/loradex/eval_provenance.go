package main

// This file says in a report what exactly was measured.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"runtime/debug"
	"slices"

	"loradex/embed"
	"loradex/evaluation"
	"loradex/workspace"
)

// describe fills in what a report says of the encoder, for the mixes of o.
func (a *app) describe(ctx context.Context, eng *workspace.Engine, o *evaluation.Options) error {
	docs, queries, err := evaluatedSpaces(ctx, eng, o)
	if err != nil {
		return err
	}
	o.Model, o.MaxTokens, o.Truncation = docs.Model, docs.MaxTokens, docs.Windows
	o.Digests.Adapter, o.Digests.DocAdapter = evaluation.Short(queries.MixDigest), evaluation.Short(docs.MixDigest)
	o.Digests.Model = shortSum([]any{
		docs.Base, docs.Tokenizer, docs.Prompt, eng.Encoder.Model().Prompts.Query(), docs.Pooling, docs.Normalize, docs.Precision, docs.Dimensions,
	})
	return nil
}

// evaluatedSpaces are the spaces of an evaluation's documents and of its queries.
func evaluatedSpaces(ctx context.Context, eng *workspace.Engine, o *evaluation.Options) (docs, queries embed.Space, err error) {
	if docs, err = eng.Encoder.Space(ctx, o.DocAdapter); err != nil {
		return docs, queries, err
	}
	queries, err = eng.Encoder.Space(ctx, o.Adapter)
	return docs, queries, err
}

// languagesDigest stands for the mixes of a language-wise evaluation.
func (a *app) languagesDigest(ctx context.Context, eng *workspace.Engine, languages map[string]string) (string, error) {
	var parts []string
	for _, language := range slices.Sorted(maps.Keys(languages)) {
		mix, err := parseMix("language-wise", languages[language])
		if err != nil {
			return "", err
		}
		space, err := eng.Encoder.Space(ctx, mix)
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

// codeName is the version of this program and, where the build knew it, its revision: "-dirty" where the tree had changes.
func codeName() string {
	name := version
	if revision := commit(); revision != "" {
		name += " " + revision[:min(12, len(revision))]
		if treeChanged() {
			name += "-dirty"
		}
	}
	return name
}

// treeChanged tells whether the go command saw changes that were not committed.
func treeChanged() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "vcs.modified", Value: "true"})
}
