package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
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
	s.echo.GET("/healthz", s.health)

	s.echo.GET("/readyz", s.ready, s.limited)
	s.echo.POST("/v1/embeddings", s.embeddings, s.limited)
	s.echo.GET("/v1/search", s.searchByQuery, s.limited)
	s.echo.POST("/v1/search", s.searchByBody, s.limited)
	s.echo.GET("/v1/repos", s.repos, s.limited)
}

// ServeHTTP answers one request. [server.Serve] adds what a network needs: time-outs, limits, an orderly end.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Serve answers on the listener until ctx ends, lets requests in flight finish for Options.Grace, cancels the rest and
// returns when no handler runs any more: then the workspace can be closed. It closes the listener.
// Unavailable where the listener fails.
func (s *server) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.opts.Validate(); err != nil {
		return errors.Join(err, listener.Close())
	}
	// Requests outlive ctx by the grace period.
	work, cancelWork := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelWork()
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
	grace, stop := context.WithTimeout(work, s.opts.Grace)
	defer stop()
	if err := server.Shutdown(grace); err != nil {
		s.log.Warn("requests in flight are cut off", "after", s.opts.Grace)
		cancelWork()
		if err := server.Close(); err != nil {
			s.log.Debug("closing connections", "error", err)
		}
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		s.log.Debug("listening ended", "error", err)
	}
	s.drain()
	return nil
}

// drain waits until no handler runs, by taking every slot for good.
func (s *server) drain() {
	for range cap(s.slots) {
		s.slots <- struct{}{}
	}
}
