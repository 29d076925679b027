package delta

// Activations, after the many names of configurations are mapped to one each ([Activation]).
const (
	GELU     = "gelu"      // x/2 · (1 + erf(x/√2))
	GELUTanh = "gelu_tanh" // x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³)))
	ReLU     = "relu"      // max(x, 0)
	SiLU     = "silu"      // x · σ(x)
	Tanh     = "tanh"      // tanh(x)
	Sigmoid  = "sigmoid"   // σ(x)
)

// activations maps names of transformers and AdapterHub to those above. All names of one row are the same function up to the
// last digits of a constant. Others (mish, gelu_10, …) are refused by name.
var activations = map[string]string{
	"gelu": GELU, "gelu_python": GELU, "gelu_orig": GELU,
	"gelu_new": GELUTanh, "gelu_pytorch_tanh": GELUTanh, "gelu_fast": GELUTanh, "gelu_python_tanh": GELUTanh, "gelu_accurate": GELUTanh,
	"relu": ReLU, "silu": SiLU, "swish": SiLU, "tanh": Tanh, "sigmoid": Sigmoid,
}

// Activation is the activation that a configuration names; ok is false for one that is not known.
func Activation(name string) (act string, ok bool) {
	act, ok = activations[name]
	return act, ok
}
