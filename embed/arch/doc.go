// Package arch builds the graph of BERT and RoBERTa encoders with a site for adapters at every linear layer.
//
// One function makes every variant: [Build] takes the opened model folder and a [Variant], which says at which layers
// adapters act and whether they are the same for the whole batch. The graph's inputs are
//
//	input_ids       int64 [N,S]   N rows of S tokens, padded on the right
//	attention_mask  int64 [N,S]   1 for a token, 0 for padding
//	SITE.A          float [R,in]  or [N,R,in]    for every site with a low-rank update
//	SITE.B          float [out,R] or [N,out,R]
//	SITE.bias       float [out]   or [N,1,out]   for every site whose bias an adapter changes
//
// and its output is embedding, float [N,H]: pooled, and scaled to unit length where the model says so. A and B keep the
// layout of PEFT's files, so that packing several adapters is copying rows. At a site, with its base weight W and bias b,
//
//	y = W x + b + B (A x) + bias          (design: the one formula, σ = identity, gates folded into B)
package arch
