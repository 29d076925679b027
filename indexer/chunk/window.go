package chunk

// splitWindows cuts a text without known structure into overlapping windows of about targetLines, at blank lines where
// one is near.
func splitWindows(text *lines, opts options) []Chunk {
	var out []Chunk
	if text.count() == 0 {
		return out
	}
	for _, w := range newCuts(text).split(opts, 0, text.count()-1, opts.windowOverlap) {
		out = append(out, makeChunk(text, piece{first: w.a, last: w.b, kind: KindWindow}))
	}
	return out
}
