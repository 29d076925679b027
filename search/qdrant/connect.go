package qdrant

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"loradex/internal/fault"
)

// This file defines the connection: address, key, time-outs, retries.

const (
	// maxMessage bounds an answer of the server. Pages are far smaller, but for chunks that are one enormous line.
	maxMessage = 256 << 20
	maxBackoff = 5 * time.Second
)

// dial makes the client. It does not connect yet. Options were validated.
func dial(o Options) (*client.Client, error) {
	host, port, err := net.SplitHostPort(o.Address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		host = "[" + host + "]" // the client joins host and port as they are
	}
	config := &client.Config{
		Host: host, Port: number, UseTLS: o.TLS, TLSConfig: o.TLSConfig,
		PoolSize:               1,    // gRPC carries many requests on one connection
		SkipCompatibilityCheck: true, // it only logs; checkVersion refuses
		GrpcOptions: []grpc.DialOption{
			grpc.WithChainUnaryInterceptor(retries(o)),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		},
	}
	if o.APIKey != "" {
		config.Headers = map[string]string{"api-key": o.APIKey}
	}
	return client.NewClient(config)
}

// retries sends a request again after a failure that may pass. Each attempt has its own time-out. All our requests can
// be repeated: points have fixed IDs, and the head is replaced on a condition whose result is read back.
func retries(o Options) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		for attempt := 0; ; attempt++ {
			limited, cancel := context.WithTimeout(ctx, o.Timeout)
			err := invoke(limited, method, req, reply, cc, opts...)
			cancel()
			if err == nil || ctx.Err() != nil || attempt >= o.Retries || !passing(err) {
				return err
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(pause(o.Backoff, attempt)):
			}
		}
	}
}

func passing(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.ResourceExhausted, codes.DeadlineExceeded:
		return true
	}
	return false
}

// pause returns the wait before retry number attempt, from 0: doubled each time, between a half and the whole.
func pause(base time.Duration, attempt int) time.Duration {
	d := maxBackoff
	if attempt < 16 {
		d = min(d, base<<attempt)
	}
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1)) //nolint:gosec // spreads retries, no secret
}

// explain gives an error its code, message and hint, in one place. op says what was being done.
func (s *store) explain(ctx context.Context, err error, op string) error {
	var ours *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case ctx.Err() != nil:
		return fault.Wrap(fault.Canceled, ctx.Err(), "%s", op)
	}
	at := s.opts.Address
	switch status.Code(err) {
	case codes.Unavailable:
		return fault.Wrap(fault.Unavailable, err, "Qdrant at %s cannot be reached: %s", at, op).
			WithHint("start the server, or correct its address")
	case codes.DeadlineExceeded, codes.Canceled:
		return fault.Wrap(fault.Unavailable, err, "Qdrant at %s did not answer within %v: %s", at, s.opts.Timeout, op).
			WithHint("look at the server's load, or raise the time-out")
	case codes.Unauthenticated, codes.PermissionDenied:
		return fault.Wrap(fault.Unavailable, err, "Qdrant at %s refuses access: %s", at, op).
			WithHint("check the API key and what it allows")
	case codes.ResourceExhausted:
		return fault.Wrap(fault.Unavailable, err, "Qdrant at %s is overloaded or full: %s", at, op).
			WithHint("free disk space or memory on the server, or try later")
	case codes.NotFound:
		return fault.Wrap(fault.NotFound, err, "a collection of %s is gone from Qdrant at %s: %s", s.main, at, op).
			WithHint("run `loradex clean` and `loradex index`")
	}
	return fault.Wrap(fault.Internal, err, "%s in Qdrant at %s", op, at)
}
