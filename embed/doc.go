// Package embed turns texts into vectors with a base encoder and, per row, any mix of adapters.
//
// An [Encoder] takes rows (text, role, mix) and gives one vector for each, in order. Rows are sorted by length and packed
// into batches by a token budget, so that little is computed on padding. Rows of one batch may have different adapters:
// a batch without adapters runs the plain graph, one with a single mix for all rows runs a graph whose adapters are
// shared, and a mixed one runs a graph in which every row brings its own. The vectors do not depend on which of them
// ran, up to rounding (2e-6).
//
//	env, err := runtime.Start(ctx, runtime.Options{LibraryDir: dir})
//	enc, err := embed.Open(ctx, env, embed.Options{Model: "models/all-MiniLM-L6-v2", Adapters: library})
//	vectors, err := enc.Encode(ctx, []embed.Row{
//		{Text: "parse a mix", Role: embed.Query, Mix: mix},
//		{Text: "func ParseMix(s string) (Mix, error)"},
//	})
//
// [Encoder.Each] hands vectors over as they come, with the tokens that were read of each row.
//
// Vectors belong to a [Space]; only vectors of one space may be compared.
//
// The package is named like the standard library's embed: where both are needed, import that one as stdembed.
package embed
