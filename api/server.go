package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"loradex/internal/fault"
)

// readTimeout bounds how long a client may take to send a request.
const readTimeout = 30 * time.Second

// server answers HTTP requests. Make it with [New].
type server struct {
	opts      Options
	workspace Workspace
	log       *slog.Logger
	echo      *echo.Echo
	slots     chan struct{} // holds one token for each request that is worked on
	paths     string        // every route, for who asks for another one
	running   sync.RWMutex  // read by every handler that asks the workspace, and taken for good at the end
	freeing   sync.Mutex    // held while memory is given back
}

// New makes a server. It opens nothing. Options that cannot work are refused by [server.Serve].
func New(o Options, w Workspace) *server {
	o = o.withDefaults()
	s := &server{opts: o, workspace: w, log: o.Log, echo: echo.New()}
	s.slots = make(chan struct{}, max(s.opts.MaxInFlight, 1))
	s.echo.HTTPErrorHandler = s.handleError
	s.routes()
	return s
}

// routes is the whole table of endpoints. Those that only say how the server is are answered however busy it is.
func (s *server) routes() {
	s.echo.Use(s.logged, s.guarded)
	work := []echo.MiddlewareFunc{s.bounded, s.queued}
	var paths []string
	for _, r := range []struct {
		method, path string
		handler      echo.HandlerFunc
		around       []echo.MiddlewareFunc
	}{
		{http.MethodGet, "/healthz", s.health, nil},
		{http.MethodGet, "/readyz", s.ready, work[:1]},
		{http.MethodPost, "/v1/embeddings", s.embeddings, work},
		{http.MethodGet, "/v1/search", s.searchByQuery, work},
		{http.MethodPost, "/v1/search", s.searchByBody, work},
		{http.MethodGet, "/v1/repos", s.repos, work},
	} {
		s.echo.Add(r.method, r.path, r.handler, r.around...)
		if r.method == http.MethodGet {
			s.echo.Add(http.MethodHead, r.path, r.handler, r.around...)
		}
		paths = append(paths, r.method+" "+r.path)
	}
	if s.opts.Agents != nil {
		s.echo.POST("/mcp", echo.WrapHandler(s.opts.Agents), work...)
		paths = append(paths, "POST /mcp")
	}
	s.paths = strings.Join(paths, ", ")
}

// ServeHTTP answers one request. [server.Serve] adds what a network needs: time-outs, limits, an orderly end.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// errStopped is why requests end whose time of grace is over.
var errStopped = fault.New(fault.Unavailable, "the server is being stopped").WithHint("ask again when it is back")

// answering bounds how long handlers may take to answer that they were stopped.
const answering = 5 * time.Second

// Serve answers on the listener until ctx ends, lets requests in flight finish for Options.Grace, answers the rest with 503
// and returns when no handler runs any more: then the workspace can be closed. It closes the listener.
// Unavailable where the listener fails.
func (s *server) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.opts.Validate(); err != nil {
		return errors.Join(err, listener.Close())
	}
	// Requests outlive ctx by the grace period.
	work, cancelWork := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancelWork(nil)
	loopback := isLoopback(listener.Addr())
	server := &http.Server{
		Handler:           s,
		BaseContext:       func(net.Listener) context.Context { return context.WithValue(work, loopbackKey{}, loopback) },
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		// From the end of the header on: sending the body, the work, and sending the answer.
		WriteTimeout:   2*readTimeout + s.opts.RequestTimeout,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // broken connections of clients
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fault.Wrap(fault.Unavailable, errors.Join(err, server.Close()), "listening on %s", listener.Addr())
	case <-ctx.Done():
	}
	if !shutDown(work, server, s.opts.Grace) {
		s.log.Warn("requests in flight are cut off", "after", s.opts.Grace)
		cancelWork(errStopped)
		if !shutDown(context.WithoutCancel(ctx), server, answering) {
			if err := server.Close(); err != nil {
				s.log.Debug("closing connections", "error", err)
			}
		}
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		s.log.Debug("listening ended", "error", err)
	}
	s.running.Lock() // for good: waits for the handlers, and refuses those that come still
	return nil
}

// shutDown waits until every request is answered, and tells whether that was in time.
func shutDown(ctx context.Context, server *http.Server, within time.Duration) bool {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	return server.Shutdown(ctx) == nil
}
