package arch

// This file defines the family of DistilBERT (Sanh et al. 2019, arXiv:1910.01108): the block of BERT under other names, and no
// token types.

func distilBERT() *family {
	return &family{
		Name: "distilbert", Models: []string{"distilbert"},
		Read: func(f *fields) Config {
			return Config{
				HiddenSize: f.int("dim", 768), Layers: f.int("n_layers", 6), Heads: f.int("n_heads", 12), Intermediate: f.int("hidden_dim", 3072),
				VocabSize: f.int("vocab_size", 30522), MaxPositions: f.int("max_position_embeddings", 512), PadID: f.int("pad_token_id", 0),
				LayerNormEps: 1e-12, Activation: f.Text("activation", "gelu"),
			}
		},
		Words: "embeddings.word_embeddings", Positions: "embeddings.position_embeddings", EmbeddingsNorm: "embeddings.LayerNorm",
		Block: "transformer.layer.%d", Compute: (*Encoder).postNorm,
		Layers: []layer{
			{Role: query, Path: "attention.q_lin", In: hidden, Out: hidden},
			{Role: key, Path: "attention.k_lin", In: hidden, Out: hidden},
			{Role: value, Path: "attention.v_lin", In: hidden, Out: hidden},
			{Role: attentionOut, Path: "attention.out_lin", In: hidden, Out: hidden},
			{Role: attentionNorm, Path: "sa_layer_norm", In: hidden, Out: hidden},
			{Role: feedIn, Path: "ffn.lin1", In: hidden, Out: feed},
			{Role: feedOut, Path: "ffn.lin2", In: feed, Out: hidden},
			{Role: feedNorm, Path: "output_layer_norm", In: hidden, Out: hidden},
		},
	}
}
