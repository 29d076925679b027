package main

// This file measures several mixes in one pass.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"

	"loradex/adapters"
	"loradex/evaluation"
	"loradex/evaluation/dataset"
	"loradex/evaluation/retrieval"
)

// evaluateMixes measures the encoder with each mix.
func (a *app) evaluateMixes(ctx context.Context, ds *dataset.Dataset, docs []retrieval.Document, f *evalFlags, mixes []adapters.Mix, o evaluation.Options) ([]evaluation.Outcome, error) {
	all := make([]evaluation.Options, len(mixes))
	for i, mix := range mixes {
		all[i] = o
		all[i].Adapter = mix
		if f.docAdapter == "" {
			var err error
			if all[i].DocAdapter, err = a.documentMix(ctx, mix); err != nil {
				return nil, err
			}
		}
	}
	opened, err := a.EncoderOptions(ctx)
	if err != nil {
		return nil, err
	}
	if f.maxTokens > 0 {
		opened.MaxTokens = f.maxTokens
	}
	eng, err := a.OpenEngine(ctx, opened)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := a.noteOtherSpace(ctx, eng, all[i]); err != nil {
			return nil, err
		}
		if !f.noCache {
			all[i].Cache = all[0].Cache // one for all
			if err := a.cacheVectors(ctx, eng, &all[i]); err != nil {
				return nil, err
			}
		}
		if err := a.describe(ctx, eng, &all[i]); err != nil {
			return nil, err
		}
	}
	if !f.indexed.used() {
		if err := f.gate.check(evaluation.Describe(ds, all[0])); err != nil {
			return nil, err
		}
		return evaluation.RunAll(ctx, eng.Encoder, ds, all)
	}
	out := make([]evaluation.Outcome, len(all))
	for i := range all {
		if out[i].Report, out[i].Result, err = a.evaluateIndexed(ctx, eng, ds, docs, *f, all[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// outs are the folders that the outcomes of mixes go to: --out itself, or one in it for each of several. None without it.
func (f *evalFlags) outs(mixes []string) []string {
	switch {
	case f.out == "":
		return nil
	case len(mixes) == 1:
		return []string{f.out}
	}
	dirs := make([]string, len(mixes))
	for i, mix := range mixes {
		dirs[i] = filepath.Join(f.out, mixFolder(mix))
	}
	return dirs
}

// mixFolder is a mix as the name of a folder. What no file system could take is replaced, and a digest then keeps such
// names apart.
func mixFolder(mix string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._+-", r) {
			return r
		}
		return '_'
	}, mix)
	const longest = 100 // file systems take 255 bytes; a digest comes behind it
	if safe == mix && len(mix) <= longest {
		return mix
	}
	sum := sha256.Sum256([]byte(mix))
	return strings.TrimRight(safe[:min(longest, len(safe))], ".") + "-" + hex.EncodeToString(sum[:4])
}
