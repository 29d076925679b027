// Package workspace holds what a process has open: the adapter library, the runtime with its encoders, repositories, and
// indexes with their stores. The command line, the HTTP server and the language server are made of it, and so is whatever
// comes next.
//
//	ws := workspace.New(workspace.Settings{Home: home, Config: config.Default()})
//	defer ws.Close()
//	dir, err := ws.FindIndex(".")
//	store, err := ws.OpenIndex(ctx, dir)
//	engine, err := ws.Engine(ctx)
//	searcher, err := search.New(store, engine.Encoder, ws.Ranking())
//
// # What a session owns
//
// A [Session] closes what it has opened, the last first: encoders before their runtime, a store before the lock of its
// folder. The library, the runtime, encoders and cross-encoders are opened once for the session and all its children; what
// a child opens beside them is closed with the child. A session is safe for concurrent use.
//
// # What it does not do
//
// It reads no environment, prints nothing and knows no flags: [Settings] say where things are and who is told.
package workspace
