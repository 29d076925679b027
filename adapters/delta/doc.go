// Package delta says what an adapter does to a model, whatever its method and the format of its files: updates of sites.
//
// A site is a place of the model that an adapter may change: a linear layer, a normalisation, or a point, which is the
// hidden state behind a part of a block. With W and b the weight and bias of the site (at a point and at a normalisation W
// is the identity), x what it reads and y what it gives, one update computes
//
//	y = s∘( ρ∘(W(t∘x)) + b ) + ρ∘Σ_k c_k·( B_k σ_k(A_k x + a_k) + b_k ) + d
//
// which all methods reduce to. What is nil is left out. Formats (adapters/peft) read and write updates, the methods table
// (adapters.Methods) prepares them, and the encoder knows nothing but this formula:
//
//	u := delta.Update{Site: "encoder.layer.0.attention.self.query", In: 384, Out: 384,
//		Branches: []delta.Branch{{Rank: 8, A: a, B: b, Scale: 2}}} // a LoRA: y = W x + b + 2·B(A x)
package delta
