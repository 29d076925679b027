// Package lsp is a language server that searches: editors speak to it on standard input and output.
//
//	server := lsp.New(lsp.Options{}, ws)
//	err := server.Serve(ctx, os.Stdin, os.Stdout) // until the editor says exit
//
// What it answers:
//
//	workspace/symbol           a query that starts with "?" searches by meaning, any other by words
//	workspace/executeCommand   loradex.search      {query, k, lang, path, kind, adapter, mode, exact, explain}
//	                           loradex.similar     {uri, range, text, k, lang, path, kind, adapter, mode, exact, explain}
//	                           loradex.setAdapter  {adapter}
//
// The two searching commands answer with the document of `loradex search --json`, where each hit also has the uri and
// the range of its place in the editor. loradex.setAdapter sets the mix of the searches that come after it and name
// none; it takes effect in the order in which the editor sends.
//
// The texts of open files (textDocument/didOpen, didChange, didSave, didClose) are searched in place of what is indexed,
// saved or not, until the index has caught up with what was saved. The server reads no files itself: package
// search/overlay makes a search see the texts, and the [Workspace] hands them to it. Words of a change are found by the
// next search; vectors are made when the editor comes to rest ([Options].Quiet). loradex.similar takes the text that the
// editor sends, or what lies at the range. Columns count UTF-16 code units, or bytes where the editor offers that.
//
// Searches run beside each other and can be canceled; everything else is answered in order. The index is opened by the
// first search, so the editor never waits for it at its start.
//
// One file holds one request of the protocol, which is named as the protocol names it, life.go those that begin and end a
// connection, textdocument.go what is said of open files; errors.go is the one place that maps errors to the protocol's
// codes. To add a method, write its file and its script in testdata/script.
package lsp
