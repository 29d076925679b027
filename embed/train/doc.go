// Package train trains adapters, or all weights, of an encoder on pairs of texts, on ONNX Runtime.
//
// A training step is one graph: two towers (queries and documents) that share their leaves, a loss over their vectors,
// and the gradients of the leaves, which package graph writes as more operations. What is not tensor work is Go: the
// batches (plan.go), the dropout masks (dropout.go), AdamW and the learning rate.
//
//	t, err := train.New(ctx, encoder, train.Job{Data: pairs, Score: devScore}, train.Options{Rank: 16, Epochs: 3})
//	...
//	defer t.Close()
//	result, err := t.Run(ctx)
//	a, err := t.Adapter(card)
//	err = adapters.Save(dir, a, adapters.SaveOptions{Sites: encoder.Sites()})
//
// Three things make a run cheaper where they are exact:
//   - With Side query, documents are vectors that do not change: they are given, and only queries are encoded.
//   - With adapters from a block on (FirstLayer), the outputs of the blocks below are computed once for every text.
//   - An adapter without dropout is added to the weight once a step, for all rows (not in half precision).
//
// A batch is computed in parts. Of more texts than MicroBatch, intermediate values are not kept but computed twice, with the
// same result in bounded memory.
//
// In half precision (Options.Precision) only matrix products are, and the loss is scaled: precision.go, scaler.go.
//
// Everything random follows from the seed and the step: equal options and data give equal numbers on one machine, and a
// run that goes on from a checkpoint has those of a run that was never stopped.
//
// # Adding a method or a loss
//
// A method is a file with its leaves, its place in the graph and its saved form, and a line in method.go; a loss a file and
// a line in loss.go. Both must be added to testdata/gen/train_goldens.py, so that their gradients are held against torch's.
package train
