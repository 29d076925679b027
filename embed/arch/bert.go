package arch

// This file defines the families of BERT (Devlin et al. 2018, arXiv:1810.04805) and RoBERTa (Liu et al. 2019,
// arXiv:1907.11692), which differ in how positions are counted. XLM-RoBERTa has the graph of RoBERTa and is reported as it.

func bert() *family {
	return &family{
		Name: "bert", Models: []string{"bert"},
		Read: func(f *fields) Config {
			c := readBERT(f)
			c.VocabSize, c.PadID = f.int("vocab_size", 30522), f.int("pad_token_id", 0)
			return c
		},
		Words: "embeddings.word_embeddings", Positions: "embeddings.position_embeddings", Types: "embeddings.token_type_embeddings",
		EmbeddingsNorm: "embeddings.LayerNorm", Block: "encoder.layer.%d", Compute: (*Encoder).postNorm,
		Layers: []layer{
			{Role: query, Path: "attention.self.query", In: hidden, Out: hidden},
			{Role: key, Path: "attention.self.key", In: hidden, Out: hidden},
			{Role: value, Path: "attention.self.value", In: hidden, Out: hidden},
			{Role: attentionOut, Path: "attention.output.dense", In: hidden, Out: hidden},
			{Role: attentionNorm, Path: "attention.output.LayerNorm", In: hidden, Out: hidden},
			{Role: feedIn, Path: "intermediate.dense", In: hidden, Out: feed},
			{Role: feedOut, Path: "output.dense", In: feed, Out: hidden},
			{Role: feedNorm, Path: "output.LayerNorm", In: hidden, Out: hidden},
		},
		Head: [2]string{"pooler.dense", "classifier"}, TypedPairs: true,
	}
}

func roberta() *family {
	f := bert()
	f.Name, f.Models = "roberta", []string{"roberta", "xlm-roberta"}
	f.Read = func(f *fields) Config {
		c := readBERT(f)
		c.VocabSize, c.PadID = f.int("vocab_size", 50265), f.int("pad_token_id", 1)
		c.PositionOffset = c.PadID + 1
		return c
	}
	f.Head, f.TypedPairs = [2]string{"classifier.dense", "classifier.out_proj"}, false
	return f
}

func readBERT(f *fields) Config {
	return Config{
		HiddenSize: f.int("hidden_size", 768), Layers: f.int("num_hidden_layers", 12), Heads: f.int("num_attention_heads", 12),
		Intermediate: f.int("intermediate_size", 3072), MaxPositions: f.int("max_position_embeddings", 512),
		TypeVocab: f.int("type_vocab_size", 2), LayerNormEps: f.float("layer_norm_eps", 1e-12), Activation: f.Text("hidden_act", "gelu"),
	}
}
