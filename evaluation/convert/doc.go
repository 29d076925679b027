// Package convert makes BEIR folders, which package dataset reads, out of the files in which retrieval data for code is
// handed around.
//
//	report, err := convert.Run(ctx, "downloads/go/final/jsonl", "data/csn_go", convert.Options{Format: "codesearchnet"})
//
// # Formats
//
//	beir           corpus, queries and judgements as JSON lines or Parquet, in files or folders of shards: exports of CoIR,
//	               MTEB and BEIR itself
//	codesearchnet  JSON lines with docstring and code (Husain et al. 2019): each docstring asks for its function
//	advtest        CodeXGLUE's NL-code-search-Adv (Lu et al. 2021): the same, with names normalised in test
//	webquery       CodeXGLUE's WebQueryTest and CoSQA: questions, codes and a label
//
// Files may be compressed with gzip. Identical texts become one document, to which the judgements of all of them go: a
// ranking cannot tell them apart, and would be right or wrong by chance.
//
// What was done is recorded in dataset.json beside the files: format, template and counts are part of every result.
package convert
