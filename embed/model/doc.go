// Package model reads an encoder as sentence-transformers and transformers lay it out in a folder: configuration,
// weights, tokenizer, pooling, prompts. It computes nothing; embed/arch builds the graph from what it gives.
//
//	m, err := model.Open("all-MiniLM-L6-v2")
//	if err != nil {
//		return err // names the file, the tensor or the setting, and what was wanted
//	}
//	defer m.Close()
//	query, shape, err := m.Weight("encoder.layer.0.attention.self.query.weight") // [384 384]
//	tokenizer, err := m.TokenizerFor(m.MaxTokens)                                // a tokenizer.json that truncates
//	vectorsOf := m.Prompts.Query() + text                                        // then m.Pooling, then m.Normalize
//
// # What is read
//
// Families: BERT (BERT, MiniLM, BGE, E5), RoBERTa (RoBERTa, XLM-RoBERTa, CodeBERT, GraphCodeBERT, UniXcoder),
// DistilBERT. Another model_type, another position embedding than absolute, a decoder, quantised weights of another kind than [Model.Quantized], or a model with
// code of its own is refused by name.
//
// Weights, the first that is there: model.safetensors, its shards by model.safetensors.index.json, pytorch_model.bin,
// its shards by pytorch_model.bin.index.json; fp32, fp16, bf16, fp64. All are memory-mapped; fp32 is not copied. The
// pickles in .bin files are read by package torchfile, which runs nothing of them. Open compares the shape of every
// tensor with config.json.
//
// Tokenizer, the first that is there: tokenizer.json; vocab.txt (BertTokenizer); vocab.json with merges.txt
// (RobertaTokenizer), with tokenizer_config.json, special_tokens_map.json and added_tokens.json. The last two kinds are
// built into the tokenizer.json that transformers 5 builds. The truncation and padding that a tokenizer.json may carry
// are taken off: the length of sentence_bert_config.json counts, and it differs.
//
// Modules, by modules.json: Transformer, Pooling, Normalize. A Dense or other module is refused by name. Without
// modules.json the folder is a plain transformers model, and gets mean pooling and normalisation. UniXcoder, told by
// the token <encoder-only> in its vocabulary, then also gets its prefix, <s> <encoder-only> </s>, as part of the
// tokenizer's template: an encoder needs no special case. With modules.json the tokenizer stays as it is, since that is
// what was trained.
package model
