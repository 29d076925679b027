// Package adapters is what an adapter is: how one is read from disk and checked against a base model, how several
// are named as a mix, and the library folder that keeps them.
//
//	lib, err := adapters.OpenLibrary(dir, adapters.LibraryOptions{Cache: cache})
//	if err != nil {
//		return err
//	}
//	defer lib.Close()
//	mix, err := adapters.ParseMix("go+security*0.3")
//	if err != nil {
//		return err
//	}
//	parts, err := lib.Resolve(ctx, mix) // the adapters with their weights
//
// An [Adapter] is a set of [delta.Update], one for each layer that it changes; whoever runs the encoder applies them and
// knows no method by name. Methods stand in one table ([Methods]); formats in the packages peft and adapterhub.
//
// A library is a folder of folders that PEFT or AdapterHub's library wrote. An adapter in it costs nothing until it is
// used: listing reads cached summaries, which lie elsewhere, and weights are memory-mapped. Every call looks at the disk,
// so what another process adds, replaces or
// removes is seen at once. Names cannot lead out of the folder, and neither can links.
//
// Nothing here falls back to the base model: an unknown name, a wrong shape, a configuration that cannot be
// served exactly, and an adapter that would change nothing are errors that name the thing.
package adapters
