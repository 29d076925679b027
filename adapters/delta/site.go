package delta

// Kind says what a site is.
type Kind uint8

// The kinds of sites.
const (
	Linear Kind = iota // a linear layer: W x + b
	Norm               // a normalisation, which takes a change of its bias, or factors of its output
	Point              // the hidden state behind a part of a block, or behind the embeddings
)

// Site is a place of a base model that an adapter can change.
type Site struct {
	Path    string // prefixes stripped: "encoder.layer.3.attention.self.query"; of a point: see [At]
	Kind    Kind
	In, Out int // of a linear layer; elsewhere both are the width
	Block   int // number of the block that it lies in; -1: the embeddings
	// Bias is the layer's own bias, [Out]; nil where it has none, and at a point. Where it is given, an adapter whose
	// saved biases equal it is not taken for one that changes something.
	Bias []float32
}

// The points of a sublayer, which is a half of a block: h is what the sublayer computes of its input i, and LN the
// normalisation that ends it, so that without adapters its output is LN(h + i). A point says what a branch reads and where
// its result u is added:
//
//	Output    reads h           LN(h + u + i)    a bottleneck before the residual (Houlsby et al. 2019)
//	Parallel  reads i           LN(h + u + i)    one beside the sublayer (He et al. 2021)
//	Normed    reads LN(h + i)   LN(h + u + i)    one behind the whole, whose sum is normalised once more (Pfeiffer et al. 2020)
//	State     reads LN(h + i)   LN(h + i) + u    a change of the hidden state itself
//
// Several branches at one point read the same, and their results are summed. Points act in the order of this table. The
// embeddings have State alone.
const (
	Output   = "output"
	Parallel = "parallel"
	Normed   = "normed"
	State    = "state"
)

// At is the path of a point of a sublayer: "encoder.layer.3.attention.output@normed".
func At(sublayer, point string) string { return sublayer + "@" + point }
