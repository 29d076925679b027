// Package onnxfile reads the weights of an encoder out of the ONNX file that PyTorch exports of it, and what the file's graph says
// of the encoder's configuration. It runs nothing: the encoder's graph is built from the weights, as for every other format.
//
// An export keeps the names of most tensors (embeddings, biases, norms). The weights of linear layers lose theirs: the exporter turns
// x·Wᵀ into a MatMul with Wᵀ under a made-up name. The layer is told by the bias that is added to the product, or else by the
// name of the MatMul (/encoder/layer.0/attention/self/query/MatMul); its weight is given back as [out, in].
//
//	f, err := safetensors.Format(onnxfile.Decode).Open("model.onnx")
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	values, shape, err := f.Float32("encoder.layer.0.attention.self.query.weight")
//
// The format is that of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), of which the parts that matter
// are read and the rest is passed over. No size in the file is believed: what is allocated is bounded by what the file holds.
package onnxfile
