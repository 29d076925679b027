package arch

// This file defines the families of BERT (Devlin et al. 2018, arXiv:1810.04805) and RoBERTa (Liu et al. 2019,
// arXiv:1907.11692), which differ in how positions are counted. XLM-RoBERTa has the graph of RoBERTa and is reported as it.

func bert() *Family {
	return &Family{
		Name: "bert", Models: []string{"bert"},
		Read: func(f *Fields) Config {
			c := readBERT(f)
			c.VocabSize, c.PadID = f.Int("vocab_size", 30522), f.Int("pad_token_id", 0)
			return c
		},
		Words: "embeddings.word_embeddings", Positions: "embeddings.position_embeddings", Types: "embeddings.token_type_embeddings",
		EmbeddingsNorm: "embeddings.LayerNorm", Block: "encoder.layer.%d", Compute: (*Encoder).postNorm,
		Layers: []Layer{
			{Role: Query, Path: "attention.self.query", In: Hidden, Out: Hidden},
			{Role: Key, Path: "attention.self.key", In: Hidden, Out: Hidden},
			{Role: Value, Path: "attention.self.value", In: Hidden, Out: Hidden},
			{Role: AttentionOut, Path: "attention.output.dense", In: Hidden, Out: Hidden},
			{Role: AttentionNorm, Path: "attention.output.LayerNorm", In: Hidden, Out: Hidden},
			{Role: FeedIn, Path: "intermediate.dense", In: Hidden, Out: Feed},
			{Role: FeedOut, Path: "output.dense", In: Feed, Out: Hidden},
			{Role: FeedNorm, Path: "output.LayerNorm", In: Hidden, Out: Hidden},
		},
		Head: [2]string{"pooler.dense", "classifier"}, TypedPairs: true,
	}
}

func roberta() *Family {
	f := bert()
	f.Name, f.Models = "roberta", []string{"roberta", "xlm-roberta"}
	f.Read = func(f *Fields) Config {
		c := readBERT(f)
		c.VocabSize, c.PadID = f.Int("vocab_size", 50265), f.Int("pad_token_id", 1)
		c.PositionOffset = c.PadID + 1
		return c
	}
	f.Head, f.TypedPairs = [2]string{"classifier.dense", "classifier.out_proj"}, false
	return f
}

func readBERT(f *Fields) Config {
	return Config{
		HiddenSize: f.Int("hidden_size", 768), Layers: f.Int("num_hidden_layers", 12), Heads: f.Int("num_attention_heads", 12),
		Intermediate: f.Int("intermediate_size", 3072), MaxPositions: f.Int("max_position_embeddings", 512),
		TypeVocab: f.Int("type_vocab_size", 2), LayerNormEps: f.Float("layer_norm_eps", 1e-12), Activation: f.Text("hidden_act", "gelu"),
	}
}
