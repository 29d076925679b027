// Package runtime runs ONNX graphs and tokenizers: ONNX Runtime through hugot, and the tokenizers library.
//
// It is the only package of the encoder that needs cgo and native libraries. Built with the tag ORT it serves them;
// built without, everything compiles and [Start] returns an error that names the fix.
//
// A process has one [Environment], started by main and closed at its end; sessions and tokenizers come from it. Runs are
// serialised: two sessions that spin on the same cores fall to a quarter of one session's speed, so one run at a time
// uses all threads. Threads spin while a run lasts and stop at its end.
//
//	env, err := runtime.Start(ctx, runtime.Options{LibraryDir: dir})
//	s, err := env.NewSession(model, false) // of input_ids and attention_mask, and one output
//	out, err := s.Run(ctx, inputs)
package runtime
