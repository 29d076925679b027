package arch

// This file defines the family of DistilBERT (Sanh et al. 2019, arXiv:1910.01108): the block of BERT under other names, and no
// token types.

func distilBERT() *Family {
	return &Family{
		Name: "distilbert", Models: []string{"distilbert"},
		Read: func(f *Fields) Config {
			return Config{
				HiddenSize: f.Int("dim", 768), Layers: f.Int("n_layers", 6), Heads: f.Int("n_heads", 12), Intermediate: f.Int("hidden_dim", 3072),
				VocabSize: f.Int("vocab_size", 30522), MaxPositions: f.Int("max_position_embeddings", 512), PadID: f.Int("pad_token_id", 0),
				LayerNormEps: 1e-12, Activation: f.Text("activation", "gelu"),
			}
		},
		Words: "embeddings.word_embeddings", Positions: "embeddings.position_embeddings", EmbeddingsNorm: "embeddings.LayerNorm",
		Block: "transformer.layer.%d", Compute: (*Encoder).postNorm,
		Layers: []Layer{
			{Role: Query, Path: "attention.q_lin", In: Hidden, Out: Hidden},
			{Role: Key, Path: "attention.k_lin", In: Hidden, Out: Hidden},
			{Role: Value, Path: "attention.v_lin", In: Hidden, Out: Hidden},
			{Role: AttentionOut, Path: "attention.out_lin", In: Hidden, Out: Hidden},
			{Role: AttentionNorm, Path: "sa_layer_norm", In: Hidden, Out: Hidden},
			{Role: FeedIn, Path: "ffn.lin1", In: Hidden, Out: Feed},
			{Role: FeedOut, Path: "ffn.lin2", In: Feed, Out: Hidden},
			{Role: FeedNorm, Path: "output_layer_norm", In: Hidden, Out: Hidden},
		},
	}
}
