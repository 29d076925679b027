// Package torchfile reads the tensors of a file that torch.save wrote (pytorch_model.bin) and runs nothing of it.
//
// Such a file is a pickle, a program for a small stack machine that may name any Python function and call it. This
// reader is that machine with the calls taken out: the few globals that a state dict needs (OrderedDict, the rebuild
// functions of tensors, the storage types) are known by name and have a meaning in Go; any other name, and any opcode
// that a state dict does not use, is refused with an Unsupported error that names it.
//
// Both containers are read: the zip of torch 1.6 and later, and the bare stream of pickles before it, which many models
// of 2019 and 2020 still ship. The file is memory-mapped. A contiguous fp32 tensor is a view of it; fp16, bf16 and fp64 are
// converted when asked for. No size in the file is believed: an allocation is never larger than what the file itself holds.
//
//	f, err := safetensors.Format(torchfile.Decode).Open("pytorch_model.bin")
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	values, shape, err := f.Float32("bert.embeddings.word_embeddings.weight")
package torchfile
