package lsp

import (
	"cmp"
	"context"
	"io"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"loradex/adapters"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/workspace"
)

// Workspace is an index with the texts of an editor; what workspace's Open returns does it. Safe for concurrent use; whoever made it
// closes it.
type Workspace interface {
	// OpenFor opens the index of the editor's root folder, "" where the editor names none. It is called by the first search,
	// and again after it failed; what follows, CheckMix apart, is called after it. NotFound where there is no index.
	OpenFor(ctx context.Context, root string) error
	// CheckMix says why queries cannot be encoded with a mix: NotFound for an unknown adapter, Unsupported for a router.
	CheckMix(ctx context.Context, m adapters.Mix) error
	// Search returns the best chunks. A span without lines is a whole file.
	Search(ctx context.Context, r search.Request) (*search.Response, error)
	// Symbols returns the definitions whose name matches a query, best first.
	Symbols(ctx context.Context, query string, k int) ([]search.Hit, error)
	// Roots are the folders that the paths of hits start from. Repositories whose files are not on this machine have none.
	Roots() []workspace.Root
	// PutBuffer sets what the editor shows of a file, in place of what is indexed. It only takes note, so it may be called
	// with every change. Unavailable where there are too many: the file is searched as it is indexed then.
	PutBuffer(f workspace.File, text string) error
	// CloseBuffer says that the editor has closed a file. saved tells that what it showed last is on disk.
	CloseBuffer(f workspace.File, saved bool)
	// EncodeBuffers makes the vectors that changed texts lack, where there are searches by meaning.
	EncodeBuffers(ctx context.Context) error
}

// Options configure a server. The zero value means the defaults.
type Options struct {
	// Version is what the server says of itself.
	Version string
	// MaxMessageBytes bounds one message. The default is 16 MiB.
	MaxMessageBytes int
	// MaxInFlight bounds the searches that run at a time; the next message waits. The default is 16.
	MaxInFlight int
	// MaxSymbols bounds the answer of workspace/symbol. The default is 30.
	MaxSymbols int
	// MaxDocumentBytes bounds the text of one open file. A longer one is searched as it is indexed. The default is 4 MiB.
	MaxDocumentBytes int
	// MaxDocuments and MaxOpenBytes bound the open files, and their texts together. The defaults are 1,000 and 64 MiB.
	MaxDocuments, MaxOpenBytes int
	// Quiet is how long the editor has to be quiet before changed texts are encoded, Longest how long that may be put off
	// while somebody types. The defaults are 300 milliseconds and one second.
	Quiet, Longest time.Duration
}

// withDefaults fills what is zero.
func (o Options) withDefaults() Options {
	o.MaxMessageBytes = cmp.Or(o.MaxMessageBytes, 16<<20)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 16)
	o.MaxSymbols = cmp.Or(o.MaxSymbols, 30)
	o.MaxDocumentBytes = cmp.Or(o.MaxDocumentBytes, 4<<20)
	o.MaxDocuments = cmp.Or(o.MaxDocuments, 1000)
	o.MaxOpenBytes = cmp.Or(o.MaxOpenBytes, 64<<20)
	o.Quiet = cmp.Or(o.Quiet, 300*time.Millisecond)
	o.Longest = cmp.Or(o.Longest, time.Second)
	return o
}

// Validate says what cannot work.
func (o Options) Validate() error {
	if min(o.MaxMessageBytes, o.MaxInFlight, o.MaxSymbols, o.MaxDocumentBytes, o.MaxDocuments, o.MaxOpenBytes) < 0 ||
		min(o.Quiet, o.Longest) < 0 {
		return fault.New(fault.Invalid, "a limit of lsp.Options is less than 0")
	}
	return nil
}

// server serves one editor.
type server struct {
	// Answers every request that has no method here with MethodNotFound, and drops such notifications.
	protocol.UnimplementedServer

	opts    Options
	index   Workspace
	client  protocol.Client
	wire    *stream
	calls   calls
	slots   chan struct{} // holds one token for each search that runs
	opening chan struct{} // holds a token while the index is opened
	docs    documents

	mu      sync.Mutex // guards what follows
	phase   phase
	root    string
	adapter *adapters.Mix // of searches that name none; nil is that of the index's default space
	opened  bool          // the index is
}

// server has the methods of the protocol, by embedding or in a file of their own.
var _ protocol.Server = (*server)(nil)

// phase is where the connection is in its life.
type phase uint8

const (
	created     phase = iota
	initialized       // initialize was answered
	stopped           // shutdown was answered
	exited
)

// New makes a server for one editor.
func New(o Options, w Workspace) *server {
	o = o.withDefaults()
	return &server{
		opts: o, index: w, slots: make(chan struct{}, max(o.MaxInFlight, 1)), opening: make(chan struct{}, 1),
		docs: documents{opts: o, open: map[string]*document{}, changed: make(chan struct{}, 1)},
	}
}

// Serve speaks with the editor until it says exit, the input ends or ctx ends, and returns when no search runs any
// more. Call it once. An error asks for exit code 1, as the protocol wants it of an editor that leaves without
// shutdown: Invalid where the input is not the protocol, Unavailable where the editor went away.
//
// Where in cannot be interrupted, as a terminal or a pipe cannot, one goroutine stays in its Read until the process ends.
func (s *server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	if err := s.opts.Validate(); err != nil {
		return err
	}
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	s.wire = newStream(in, out, s.opts.MaxMessageBytes)
	s.wire.onEnd = cancel // searches in flight have nobody to answer to
	conn := jsonrpc2.NewConn(s.wire, jsonrpc2.WithCodec(codec{}))
	s.client = protocol.ClientDispatcher(conn)
	encoded := make(chan struct{})
	go func() {
		defer close(encoded)
		s.encodeChanges(work)
	}()
	conn.Go(work, s.handler())
	<-conn.Done() // ctx ends it too: Read gives up

	s.wire.stop()
	cancel()
	<-encoded
	if ctx.Err() != nil {
		return nil
	}
	if err := s.wire.err(); err != nil {
		return fault.Wrap(fault.Invalid, err, "the editor's messages cannot be read").
			WithHint("`loradex lsp` is started by an editor")
	}
	if err := conn.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the editor cannot be answered")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase < stopped { // an input that ends after shutdown counts as exit
		return fault.New(fault.Unavailable, "the editor left without shutdown")
	}
	return nil
}

// codec encodes with package protocol, which knows the unions.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error)      { return protocol.Marshal(v) }
func (codec) Unmarshal(data []byte, v any) error { return protocol.Unmarshal(data, v) }
