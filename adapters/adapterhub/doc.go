// Package adapterhub reads adapters in the layout that AdapterHub's library (`adapters`, formerly `adapter-transformers`)
// writes: adapter_config.json beside adapter.safetensors or pytorch_adapter.bin. It refuses by the name of the field whatever
// would change the mathematics in a way that it does not know: an adapter is read exactly or not at all.
//
//	root, err := os.OpenRoot("adapters/sts")
//	if err != nil {
//		return err
//	}
//	defer root.Close()
//	folder, err := adapterhub.Open(root, "adapters/sts")
//	if err != nil {
//		return err
//	}
//	defer folder.Close()
//	for site, update := range folder.Updates {
//		fmt.Println(site, update.Rank())
//	}
//
// Heads that lie beside the adapter are not looked at. Keys that a configuration lacks take the library's defaults, and the
// names that older versions gave to modules are read as today's. Reading goes through an [os.Root], so a symbolic link cannot
// make it read outside the folder; of a pickle nothing is run (package torchfile).
//
// Semantics follow adapters 1.3 (methods/, loading.py): Poth et al. 2023, arXiv:2311.11077.
package adapterhub
