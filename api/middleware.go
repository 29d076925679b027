package api

// This file defines what happens around every request: who may ask, how many at a time, for how long.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"loradex/internal/fault"
)

// loopbackKey marks, in a request's context, that the server listens on a loopback address.
type loopbackKey struct{}

// isLoopback tells whether an address is reached from this machine only.
func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// guarded refuses foreign host names on a loopback address: that is a web page whose name was pointed here, so that
// the browser takes our answers for its own.
func (s *server) guarded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if local, _ := c.Request().Context().Value(loopbackKey{}).(bool); local && !loopbackHost(c.Request().Host) {
			return &statusError{
				status: http.StatusMisdirectedRequest, code: fault.Invalid,
				detail: "the request is for another host", hint: "use http://127.0.0.1 or http://localhost",
			}
		}
		return next(c)
	}
}

// loopbackHost tells whether a Host header names this machine.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// bounded bounds what a request may take: a length of the body, a time. A panic is an error like others.
func (s *server) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		if !s.running.TryRLock() {
			return errStopped
		}
		defer s.running.RUnlock()
		ctx, cancel := context.WithTimeout(c.Request().Context(), s.opts.RequestTimeout)
		defer cancel()
		defer func() {
			switch {
			case err == nil || ctx.Err() == nil:
			case errors.Is(context.Cause(ctx), errStopped):
				err = errStopped
			case fault.CodeOf(err) == fault.Canceled && errors.Is(ctx.Err(), context.DeadlineExceeded):
				err = fault.Wrap(fault.Canceled, ctx.Err(), "there was no answer within %v", s.opts.RequestTimeout).
					WithHint("ask for less at a time, or raise serve.request_timeout")
			}
		}()
		defer func() {
			if r := recover(); r != nil {
				err = fault.Wrap(fault.Internal, fmt.Errorf("%v\n%s", r, debug.Stack()), "panic")
			}
		}()
		r := c.Request().WithContext(ctx)
		r.Body = &measured{ReadCloser: http.MaxBytesReader(c.Response(), r.Body, s.opts.MaxBodyBytes)}
		c.SetRequest(r)
		return next(c)
	}
}

// queued has so many requests worked on at a time; the others wait.
func (s *server) queued(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, ctx.Err(), "%d requests are worked on", s.opts.MaxInFlight)
		}
		defer func() { <-s.slots }()
		return next(c)
	}
}

// logged writes one line for each request. Queries and texts stay out of it: they are the user's own.
func (s *server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		s.log.Debug("request", "method", c.Request().Method, "path", c.Request().URL.Path, "status", c.Response().Status,
			"bytes", c.Response().Size, "took", time.Since(start))
		s.giveBack(c)
		return nil
	}
}

// measured is a body with its length as it was read.
type measured struct {
	io.ReadCloser
	length int64
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.length += int64(n)
	return n, err
}

// largeBytes is the length of a request or an answer whose memory is given back at once: it was several times as much.
const largeBytes = 1 << 20

// giveBack returns memory to the system behind a large request, when it is answered. Left alone, the runtime would keep it for
// minutes, and for good where there is always something to do.
func (s *server) giveBack(c echo.Context) {
	body, ok := c.Request().Body.(*measured)
	if !ok || body.length < largeBytes && c.Response().Size < largeBytes || !s.freeing.TryLock() {
		return
	}
	defer s.freeing.Unlock()
	c.Response().Flush()
	debug.FreeOSMemory()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
