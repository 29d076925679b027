package main

// This file shows how far `index` is. The indexer reports once for each slice of texts that it stores, which on a slow
// machine is minutes; so the encoder reports in between.

import (
	"cmp"
	"context"
	"slices"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// stepRows is how many texts are encoded between two reports.
const stepRows = 64

// steppedEncoder encodes a slice of texts in steps. It orders them by length first, so that the rows of a step still
// share their runs with rows like them.
type steppedEncoder struct {
	inner indexer.Encoder
	step  func(rows int) // told how many rows were done since the last call
}

// Encode gives the vectors that one call of the inner encoder would give.
func (e *steppedEncoder) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(len(rows[j].Text), len(rows[i].Text)) })
	vectors := make([][]float32, len(rows))
	for part := range slices.Chunk(order, stepRows) {
		some := make([]embed.Row, len(part))
		for i, at := range part {
			some[i] = rows[at]
		}
		got, err := e.inner.Encode(ctx, some)
		if err != nil {
			return nil, err
		}
		if len(got) != len(part) {
			return nil, fault.New(fault.Internal, "the encoder made %d vectors for %d texts", len(got), len(part))
		}
		for i, at := range part {
			vectors[at] = got[i]
		}
		e.step(len(part))
	}
	return vectors, nil
}

// indexProgress joins what the indexer and the encoder report.
type indexProgress struct {
	bar   *progress
	label string
	done  int // texts of this space that are stored
	since int // texts encoded after that
	total int // 0 while the indexer has not said it
}

// report takes the indexer's.
func (p *indexProgress) report(r indexer.Progress) {
	label := r.Phase
	if r.Note != "" && r.Note != "none" {
		label += " " + r.Note
	}
	p.bar.set(label, r.Done, r.Total)
	p.label, p.done, p.since, p.total = label, r.Done, 0, r.Total
	if r.Phase != "encode" || r.Done >= r.Total { // what is encoded next belongs to another space
		p.label, p.done, p.total = "encode", 0, 0
	}
}

// encoded takes the encoder's.
func (p *indexProgress) encoded(rows int) {
	p.since += rows
	p.bar.set(p.label, p.done+p.since, p.total)
}
