// Package peft reads and writes adapters in the layout that the PEFT library writes: adapter_config.json beside
// adapter_model.safetensors. It understands the types of its table of formats, and it refuses by the name of the field whatever would
// change the mathematics in a way that it does not know: an adapter is read exactly or not at all.
//
//	root, err := os.OpenRoot("adapters/go")
//	if err != nil {
//		return err
//	}
//	defer root.Close()
//	folder, err := peft.Open(root, "adapters/go")
//	if err != nil {
//		return err
//	}
//	defer folder.Close()
//	for path, update := range folder.Updates {
//		fmt.Println(path, update.Rank())
//	}
//
// [Write] makes such a folder, which PEFT loads.
//
// Reading goes through an [os.Root], so a symbolic link cannot make it read outside the folder.
//
// Semantics follow PEFT 0.21 (LoraConfig, get_pattern_key, check_target_module_exists): Hu et al. 2021
// (arXiv:2106.09685) for LoRA, Kalajdzievski 2023 (arXiv:2312.03732) for rsLoRA, Liu et al. 2024 (arXiv:2402.09353) for
// DoRA, Liu et al. 2022 (arXiv:2205.05638) for (IA)³.
package peft
