package graph

import (
	"slices"

	"loradex/internal/fault"
)

// rule returns the gradients of an operation's operands, given dy, the gradient of its result. want says for which
// operands one is needed; the others may be left zero.
type rule func(b *Builder, e *entry, dy Value, want []bool) []Value

// rules are the operations that gradients can flow through.
func rules() map[string]rule {
	return map[string]rule{
		"Add": gradAdd, "Sub": gradSub, "Mul": gradMul, "Div": gradDiv, "Max": gradMax,
		"Sqrt": gradSqrt, "Exp": gradExp, "Neg": gradNeg,
		"MatMul": gradMatMul, "FusedMatMul": gradMatMul,
		"Softmax": gradSoftmax, "LogSoftmax": gradLogSoftmax, "LayerNormalization": gradLayerNorm,
		"Gelu": gradGELU, "Relu": gradReLU, "Tanh": gradTanh, "Sigmoid": gradSigmoid,
		"Cast": gradCast, "ReduceSum": gradSum, "ReduceMean": gradMean, "ReduceMax": gradMaxOver,
		"Gather": gradGather, "Slice": gradSlice, "Concat": gradConcat,
		"Reshape": gradReshape, "Expand": gradExpand, "Transpose": gradTranspose, "Unsqueeze": gradReshape,
	}
}

// Gradients records the reverse pass of the graph and returns the gradient of loss, a value with one element, with
// respect to each leaf: values of the graph, in their shapes. It is reverse mode over the recorded operations (Griewank
// and Walther, Evaluating Derivatives, 2008, chapter 3); operations that no leaf reaches cost nothing, so that no
// gradient flows below the lowest leaf.
//
// Errors: Unsupported, naming the operation, where one on the way has no gradient; Invalid for a leaf that the loss does
// not depend on.
func (b *Builder) Gradients(loss Value, leaves []Value) ([]Value, error) {
	table := rules()
	tape := b.tape // what the reverse pass records is not walked
	needs := map[string]bool{}
	for _, l := range leaves {
		needs[l.name] = true
	}
	for i := range tape {
		e := &tape[i]
		if e.op == "Identity" || !slices.ContainsFunc(e.in, func(v Value) bool { return needs[v.name] }) {
			continue
		}
		needs[e.out[0].name] = e.out[0].dtype == Float || e.out[0].dtype == Float16
	}
	grads := map[string]Value{loss.name: b.Scalar(1)}
	if len(loss.dims) > 0 {
		grads[loss.name] = b.expandLike(b.Scalar(1), loss)
	}
	for i := len(tape) - 1; i >= 0; i-- {
		e := &tape[i]
		dy, reached := grads[e.out[0].name]
		if !reached || !needs[e.out[0].name] {
			continue
		}
		r := table[e.op]
		if e.rule != nil {
			r = e.rule
		}
		if r == nil {
			return nil, fault.New(fault.Unsupported, "the operation %s has no gradient", e.op)
		}
		want := make([]bool, len(e.in))
		for j, v := range e.in {
			want[j] = needs[v.name]
		}
		for j, g := range r(b, e, dy, want) {
			if !want[j] || g.name == "" {
				continue
			}
			name := e.in[j].name
			if sum, ok := grads[name]; ok {
				g = b.Add(sum, g)
			}
			grads[name] = g
		}
	}
	out := make([]Value, len(leaves))
	for i, l := range leaves {
		g, ok := grads[l.name]
		if !ok {
			return nil, fault.New(fault.Invalid, "the loss does not depend on %s", l.name)
		}
		out[i] = g
	}
	return out, nil
}

// WithGradient records what forward computes as one operation of the inputs, whose gradient is backward's: for a cheaper
// one than that of the parts. backward is as a rule is: want says which gradients are needed.
func (b *Builder) WithGradient(inputs []Value, forward func() Value, backward func(dy Value, want []bool) []Value) Value {
	from := len(b.tape)
	y := forward()
	b.tape = append(b.tape[:from:from], entry{
		op: "composite", in: inputs, out: []Value{y},
		rule: func(_ *Builder, _ *entry, dy Value, want []bool) []Value { return backward(dy, want) },
	})
	return y
}

// attr is an attribute's value, or the given one.
func attr[T any](e *entry, name string, otherwise T) T {
	for _, a := range e.attrs {
		if v, ok := a.Value.(T); ok && a.Name == name {
			return v
		}
	}
	return otherwise
}

// int is an attribute's value, or 0.
func (e *entry) int(name string) int64 { return attr(e, name, int64(0)) }
