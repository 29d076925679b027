// Package graph builds tensor computations as ONNX nodes, and writes them as ONNX models.
//
// A [Builder] records every operation that it emits, in topological order. Operations are methods that take and return
// a [Value]; constants become initializers. The operations are the standard ones, and com.microsoft.FusedMatMul where a
// transposed operand would otherwise be copied: ONNX Runtime serves it on CPU and CUDA.
//
//	b := graph.New("double")
//	x := b.Input("x", Float, graph.Dyn("n"))
//	b.Output("y", b.Add(x, x), graph.Dyn("n"))
//	data, err := b.Model().Marshal()
//
// A model is written once, front to back, into one buffer of exactly the right size, so that large weights are copied once.
package graph
