// Package workspace is an open index with its encoder, and the verbs that people and programs use on it: search, encode, list,
// index, follow, train, check, copy, remove. The command line, the HTTP server and the language server are made of it.
//
//	ws := workspace.New(workspace.Settings{Home: home, Config: config.Default()})
//	defer ws.Close()
//	report, err := ws.Index(ctx, "path/to/repo", workspace.IndexOptions{Store: workspace.InSQLite})
//	local := ws.Open("path/to/repo")
//	answer, err := local.Search(ctx, search.Request{Query: "where is the lock taken"})
//	for _, hit := range answer.Hits {
//		fmt.Printf("%s:%d %s\n", hit.Path, hit.StartLine, hit.Symbol)
//	}
//
// # Two types
//
// A [Session] is what one process has open. It closes it, the last first: encoders before their runtime, a store before the
// lock of its folder. The library, the runtime, encoders and cross-encoders are opened once for the session and all its
// children; what a child opens beside them is closed with the child.
//
// A [local] is the index of one repository, or one that several share, with what encodes its queries. Everything is opened by
// the first call that needs it. It is a [Workspace]: the verbs that ask, which an index elsewhere could answer as well.
//
// Both are safe for concurrent use.
//
// # What it does not do
//
// It reads no environment, prints nothing and knows no flags: [Settings] say where things are and who is told. Errors that are
// wrong use, whatever the index holds, are marked with [fault.Usage].
package workspace
