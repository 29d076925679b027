// Package chunk cuts one source file into the spans that are embedded and searched.
//
// Source code is parsed with tree-sitter and cut by definition: a function, a method, a small type are one chunk each;
// a large type becomes a header chunk and a chunk per method; a function that is longer than what an encoder reads is
// cut at statement borders, and its later parts repeat its signature; runs of tiny definitions share a chunk; what
// lies between definitions (imports, top-level statements) becomes "module" chunks. SQL and Protocol Buffers, for which no
// parser is linked, are cut in the same way by a plain rule for what begins a definition and where it ends. Markdown is cut by
// headings, and every other text by overlapping line windows.
//
//	chunks, err := chunk.Split(ctx, "go", src)
//	for _, c := range chunks {
//		fmt.Printf("%d-%d %s %s\n", c.StartLine, c.EndLine, c.Kind, c.Symbol)
//	}
//
// What always holds, whatever the input:
//   - every line that is not blank lies in a chunk, and no chunk is blank;
//   - chunks are ordered by StartLine, lie in the file, and only windows overlap;
//   - Text is the source lines StartLine to EndLine as they are, without the last line's end;
//   - the same input and [Identity] give the same chunks.
//
// # Symbols
//
// A symbol is the path of names that leads to the definition inside its file, joined with dots in every language:
// "Encoder.Encode" for a Go method, a Java method, a Rust `Encoder::encode` in an impl block and a C++ out-of-class
// definition. What a Kotlin, Swift or Scala extension adds is written as a member of what it extends. Packages and namespaces
// are left out, like Go's package; modules of Ruby, Rust and Elixir, which hold code the way types do, are kept. Markdown joins headings with " > ". A chunk of several definitions joins their symbols with ", ".
//
// # Builds without cgo
//
// tree-sitter needs cgo. Without it [Available] reports false and source code that needs a parser is cut into line windows of
// kind "window"; the same happens to a file of more than 1 MiB. [Identity] differs between the two kinds
// of build, so that caches and spaces do not mix their chunks.
//
// # Adding a language
//
// Add the grammar module, a file with its table entry (see go.go for a short one), the entry in grammars.go, the parser
// in grammars_cgo.go, and testdata/<language>.txtar; then run the tests with -update and read what they wrote. Where a
// definition is no node of its own, as the equations of a Haskell function are, join makes one (joined.go); where the grammar
// is older than the language, mask hides what it does not know (masking.go); where there is no grammar, see plain.go.
package chunk
