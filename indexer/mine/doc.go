// Package mine makes training pairs out of a repository: what its authors wrote in words, and the code that they wrote
// it about. Nothing is labelled by hand, and nothing leaves the machine.
//
//	repo, err := gitrepo.Open(ctx, ".", gitrepo.Options{})
//	if err != nil {
//		return err
//	}
//	defer repo.Close()
//	pairs, err := mine.Mine(ctx, repo.Source("HEAD"), repo.Log, mine.Options{Seed: 1})
//	if err != nil {
//		return err
//	}
//	set, err := pairs.Split(ctx, dataset.Train) // Pairs is a dataset.Source
//	fmt.Println(pairs.Report.Kinds)           // map[doc:812 readme:23 test:140 commit:95 identifier:301]
//
// # Kinds of pairs
//
// Each kind is one file and one line of the table in kinds.go:
//
//	doc         the first paragraph of a doc comment or docstring, and the definition
//	readme      prose of a Markdown section that names one symbol in backticks, and the definition of that symbol
//	test        a test function, and the function that its name says it tests (Code2Code)
//	commit      the subject of a commit that changed few functions, and those functions as they are now
//	identifier  a function's name as words, and its body without the name (weak: training only)
//
// # Documents
//
// A document is a chunk of the index: the files are classified and cut by package indexer itself, and the text is made
// by the same template. Doc comments and docstrings are taken out of every document, also of those that only stand
// beside the right one, so that no query is answered by its own words. A chunk is one document, never two. Identifier
// pairs are made only for definitions that no stronger pair names: those documents show "_" in place of the name.
//
// Small definitions that share a chunk, trivial bodies, tests, test data, and vendored, generated or minified code are
// no positives.
//
// # Splits
//
// A file lies in one split as a whole: files are ordered by a seeded hash of their paths, and the first of them, by what
// they hold, are test and dev. A query follows its document, wherever it was found. Code that differs only in white space, letter case or the name of the
// definition, and equal queries, never occur in two splits: test keeps them before dev, and dev before train. The
// documents of dev and test are all code chunks of their files, so a rank there means something.
//
// # Adding a kind
//
// Write a file with a function of type miner, and add its line to kinds in kinds.go.
package mine
