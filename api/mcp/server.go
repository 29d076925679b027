// Package mcp serves a workspace to agents over the Model Context Protocol: on standard input and output, and as a handler of HTTP
// without sessions. It has four tools that only read (search, similar, read, status), and the cards of adapters as resources.
//
// Tools answer with structured output, whose schema has one type in each place, and with the same JSON as text for clients of older
// revisions. Hits link to their files where the client's revision knows links (2025-06-18). What goes wrong in a tool is an answer
// that says so, with the code of package fault, a message and a hint, so that an agent can ask better.
//
//	err := mcp.New(mcp.Options{Version: "1.0"}, session.Open(".")).Serve(ctx, os.Stdin, os.Stdout)
package mcp

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"loradex/adapters"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// Workspace is what answers; what workspace's Open returns does. Safe for concurrent use; whoever made it closes it.
type Workspace interface {
	// IndexWords indexes the words of files that no index has, and says so; nil where there is nothing to do.
	IndexWords(ctx context.Context) (*workspace.Indexing, error)
	// MakesVectors is the command that makes the vectors of an index; "" where there is no model for it.
	MakesVectors(ctx context.Context) string
	// Search returns the best chunks. NotFound where there is no index.
	Search(ctx context.Context, r search.Request) (*search.Response, error)
	// FileOf returns what tells the absolute path of a hit's file; "" where it is not on this machine.
	FileOf(ctx context.Context) (func(h *search.Hit) string, error)
	// Read returns lines of a file of the index, and ReadAround the code that a line is part of. Invalid for a name that points outside.
	Read(ctx context.Context, name string, from, to int) (*workspace.Passage, error)
	ReadAround(ctx context.Context, name string, line int) (*workspace.Passage, error)
	// Trees lists the trees of the index.
	Trees(ctx context.Context) ([]workspace.Tree, error)
	// Status says what is indexed, and how far. NotFound where there is no index.
	Status(ctx context.Context) (*workspace.Status, error)
	// Adapters lists the library of adapters with their cards.
	Adapters(ctx context.Context) ([]adapters.Entry, error)
}

// Options configure a server. The zero value means the defaults.
type Options struct {
	// Version is what the server says of itself.
	Version string
	// MaxMessageBytes bounds one message. The default is 8 MiB.
	MaxMessageBytes int64
	// MaxInFlight bounds the calls of tools that are worked on at a time; others wait. The default is 16.
	MaxInFlight int
	// Log takes bugs (error). The default drops them. It must not write to where [Server.Serve] does.
	Log *slog.Logger
}

// Validate says what cannot work.
func (o Options) Validate() error {
	if o.MaxMessageBytes < 0 || o.MaxInFlight < 0 {
		return fault.New(fault.Invalid, "a limit of mcp.Options is less than 0")
	}
	return nil
}

// Server answers agents. Make it with [New].
type Server struct {
	opts     Options
	ws       Workspace
	sdk      *sdk.Server
	slots    chan struct{} // holds one token for each call that is worked on
	indexing chan struct{} // holds a token while words are indexed
}

// instructions are what a client may tell its model of the server.
const instructions = "Loradex searches the code of this repository by meaning and by words. Ask `search` before you grep or list files: " +
	"one question finds the place, whatever it is called. Then `read` the handles that matter. `similar` finds code like some that you have."

// New makes a server over a workspace. It opens nothing. Options that cannot work are refused by [Server.Serve].
func New(o Options, w Workspace) *Server {
	o.MaxMessageBytes = cmp.Or(o.MaxMessageBytes, 8<<20)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 16)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	s := &Server{opts: o, ws: w, slots: make(chan struct{}, max(o.MaxInFlight, 1)), indexing: make(chan struct{}, 1)}
	s.sdk = sdk.NewServer(&sdk.Implementation{Name: "loradex", Title: "Loradex", Version: cmp.Or(o.Version, "dev")}, &sdk.ServerOptions{
		Instructions: instructions,
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}, Resources: &sdk.ResourceCapabilities{}}, // neither list changes
	})
	s.addTools()
	s.addCards()
	return s
}

// Serve speaks with one client, a message a line, until the input or ctx ends, and returns when no call is worked on any more.
// Invalid where the input is not the protocol.
//
// Where in cannot be interrupted, as a terminal or a pipe cannot, one goroutine stays in its Read until the process ends.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	if err := s.opts.Validate(); err != nil {
		return err
	}
	own, end := newOwner(ctx)
	defer end()
	err := s.sdk.Run(context.WithValue(ctx, ownerKey{}, own), &stdio{sdk.IOTransport{
		Reader: io.NopCloser(in), Writer: unclosed{out}, MaxLineLength: int(min(s.opts.MaxMessageBytes, 1<<30)),
	}})
	if err == nil || ctx.Err() != nil || errors.Is(err, io.EOF) {
		return nil
	}
	return fault.Wrap(fault.Invalid, err, "the client's messages cannot be read").WithHint("`loradex mcp` is started by an agent")
}

// Handler answers requests of streamable HTTP. There are no sessions, so any number of clients may ask, and a request that is
// broken off ends the work on it. Requests that a web page of another origin sends are refused.
func (s *Server) Handler() http.Handler {
	inner := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.sdk }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, MaxRequestBodyBytes: s.opts.MaxMessageBytes, PropagateRequestCancellation: true,
	})
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own, end := newOwner(r.Context())
		defer end()
		inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ownerKey{}, own)))
	}))
}

// unclosed is a writer that outlives its connection.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// indexWords indexes the words of files that no index has, one at a time.
func (s *Server) indexWords(ctx context.Context) (*workspace.Indexing, error) {
	select {
	case s.indexing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.indexing }()
	return s.ws.IndexWords(ctx)
}
