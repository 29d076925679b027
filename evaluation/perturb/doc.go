// Package perturb changes texts in ways that leave their meaning alone, to find out how much a retriever leans on what it
// should not need: the names that somebody picked, comments, the spelling of a question.
//
//	out, err := perturb.Apply(ctx, perturb.Rename, "go", code, perturb.Options{Seed: 1})
//	if err != nil {
//		return err
//	}
//	fmt.Println(out.Outcome, out.Text) // changed func func1(var1 int) int { return var1 }
//
//	question, err := perturb.Apply(ctx, perturb.Typos, "", "read a configuration file", perturb.Options{Seed: 1})
//
// # Kinds
//
//	rename    documents  locals, parameters, functions and methods get names that say nothing
//	comments  documents  comments and docstrings are taken out
//	typos     queries    words are misspelled
//	lower     queries    lower case, no punctuation
//
// The first two follow ReCode's natural transformations of code (Wang et al. 2022, arXiv:2212.10264) and the
// semantic-preserving ones of Rabin et al. (2021, arXiv:2008.01566); typos are those of Belinkov and Bisk (2018,
// arXiv:1711.02173) and of Zhuang and Zuccon (2021, arXiv:2108.12139), who measured them on retrieval.
//
// # What holds
//
// Everything is a function of text, language, options and seed: the same on every machine, and independent of the texts
// around. Code is changed by its syntax tree, never by patterns: strings stay as they are, byte for byte. The changed code
// is parsed again and compared with what was promised ([Apply]); where that does not hold, or where the code did not
// parse without a mistake in the first place, the text stays as it is, and the outcome says so.
package perturb
