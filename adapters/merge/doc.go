// Package merge makes one LoRA of several, by the methods of PEFT's add_weighted_adapter: what a mix does in a run, an adapter
// of its own then does, at the cost of one.
//
//	a, err := merge.Adapters(list, sites, merge.Options{Method: "ties", Density: 0.5})
//
// Only "cat" is exact: it gives the vectors of the mix, with the sum of the ranks. The others lose something for a smaller
// rank, or to keep adapters out of each other's way. Facts are those of PEFT 0.21 (tuners/lora/model.py, utils/merge_utils.py);
// where an adapter's scale is α/√r it is taken as it is, where PEFT would scale the result once more.
package merge
