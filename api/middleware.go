package api

// This file defines what happens around every request: who may ask, how many at a time, for how long.

import (
	"context"
	"fmt"
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

// limited bounds the work: so many requests at a time, a length of the body, a time. A panic is an error like others.
func (s *server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		ctx, cancel := context.WithTimeout(c.Request().Context(), s.opts.RequestTimeout)
		defer cancel()
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, ctx.Err(), "%d requests are worked on", s.opts.MaxInFlight)
		}
		defer func() { <-s.slots }()
		defer func() {
			if r := recover(); r != nil {
				err = fault.Wrap(fault.Internal, fmt.Errorf("%v\n%s", r, debug.Stack()), "panic")
			}
		}()
		r := c.Request().WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, s.opts.MaxBodyBytes)
		c.SetRequest(r)
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
		return nil
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
