// Package arch builds the graphs of encoders, with a place for adapters at every layer and behind every part of a block.
//
// [Encoder] adds the computation of a model to a graph in parts: embeddings, blocks, pooling. It asks a [layers] how each
// weight, linear layer, normalisation and point is made, and knows neither adapters nor training: serving puts the inputs of
// adapters there (package embed), training its leaves (embed/train), and without Layers all are the model's own:
//
//	e := arch.NewEncoder(graph.New(m.Name), m, nil)
//	ids := e.Input("ids", onnx.Int64, graph.Dyn("rows"), graph.Dyn("tokens"))
//	x := e.Pool(e.Blocks(e.Embeddings(ids), mask, 0, m.Config.Layers), mask) // [N,H]
//
// [Sites] lists the same places for those who check adapters against a model.
package arch
