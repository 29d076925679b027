package main

import "testing"

// TestBench runs each measurement, small: its figures are the machine's, that it makes them is not.
func TestBench(t *testing.T) {
	g := newGoldens(t)
	source := repo(t, redPainters(24))
	for _, args := range [][]string{
		{"encode", "--chunks", "2", "--source", source},
		{"adapters", "--rows", "2", "--tokens", "4", "--rank", "2", "--registered", "4"},
		{"search", "--chunks", "40", "--encode", "12", "--queries", "1", "-k", "2", "--source", source},
	} {
		if doc := g.place.json(append([]string{"bench"}, args...)...); len(doc) < 2 {
			t.Errorf("loradex bench %v --json: %v", args, doc)
		}
	}
	// The texts of the training step are made to length, which wants a tokenizer that knows words.
	p := newPlace(t).withEncoder()
	if doc := p.json("bench", "train", "--batch", "2", "--query-tokens", "16", "--doc-tokens", "16", "--steps", "1"); len(doc) < 2 {
		t.Errorf("loradex bench train --json: %v", doc)
	}
}
