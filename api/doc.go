// Package api serves Loradex over HTTP: embeddings in the shape of OpenAI's API, and search.
//
//	GET  /healthz        200 while the process runs; touches nothing
//	GET  /readyz         200 when a request can be answered; opens what is opened late
//	POST /v1/embeddings  OpenAI's request and answer; `model` is "base" or "base:MIX"
//	GET  /v1/search      q, k, lang, path, kind, adapter, mode, exact, explain, e, changed, lines, context, tokens, files, near, threshold, cursor as query parameters; and repo, branch, rev,
//	                     all_branches for an index of several trees
//	POST /v1/search      the same as a JSON object
//	GET  /v1/repos       the trees of the index
//
// docs/http.md has them all with examples. A [server] asks a [Workspace], and opens nothing itself:
//
//	server := api.New(api.Options{}, session.Open("path/to/repo"))
//	listener, err := net.Listen("tcp", api.DefaultAddr)
//	err = server.Serve(ctx, listener) // until ctx ends; requests in flight are finished
//
// # Errors
//
// Every error is an RFC 9457 problem document of type application/problem+json. Its `code` is that of package fault,
// its `hint` names the fix; errors.go is the one place that maps codes to statuses.
//
// # Who may ask
//
// There is no authentication: whoever reaches the port may read the index. So the default address is a loopback one,
// and on such an address only requests that name a loopback host are answered: a web page that points a name of its own
// at 127.0.0.1 reads nothing.
package api
