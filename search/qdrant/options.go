package qdrant

import (
	"cmp"
	"crypto/tls"
	"net"
	"regexp"
	"strconv"
	"time"

	"loradex/internal/fault"
)

// Ways to compress vectors for the first pass of a search. The best candidates are always scored again on the original
// vectors, and an exact search uses nothing else.
const (
	none   = "none"   // fp32 vectors only
	scalar = "scalar" // a byte for each dimension in memory: a quarter
	binary = "binary" // a bit for each dimension in memory: 1/32. Meant for vectors of many dimensions
)

// Options are the settings of a store. The zero value is the default. Shards, Replicas, WriteConsistency and Quantization
// take effect when a collection is made.
type Options struct {
	// Address is host:port of the server's gRPC interface. The default is 127.0.0.1:6334.
	Address string
	// APIKey is sent with every request. It needs TLS unless the server is on this machine.
	APIKey string
	// TLS encrypts the connection. The default is a plain one.
	TLS bool
	// TLSConfig has own certificates. The default trusts the system's, from TLS 1.3 on. Only with TLS.
	TLSConfig *tls.Config
	// Prefix begins the name of every collection. The default is "loradex".
	Prefix string
	// ReadOnly opens an existing index for searching.
	ReadOnly bool

	// Shards of a collection. The default is 1.
	Shards int
	// Replicas of each shard. The default is 1.
	Replicas int
	// WriteConsistency is how many replicas must have a write before it succeeds. The default is 1.
	WriteConsistency int
	// Quantization of dense vectors: none, scalar or binary. The default is none.
	Quantization string
	// Oversampling is how many times k candidates of a quantised search are rescored. The default is 4.
	Oversampling float64

	// Timeout bounds one request. The default is 30 seconds.
	Timeout time.Duration
	// Retries is how often a request is sent again after the server was unreachable, overloaded or too slow. Every
	// request may be repeated. The default is 4; -1 is none.
	Retries int
	// Backoff is the pause before the first retry; each one is twice as long as the last, up to 5 seconds, and between
	// a half and the whole of it is waited. The default is 100 ms.
	Backoff time.Duration
	// Batch is how many points one request writes at most. The default is 256.
	Batch int
	// Lease is after what time without a sign of life a writer is taken for dead. The default is 10 seconds.
	Lease time.Duration
}

var prefixPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_]{0,31}$`)

// Validate reports settings that make no sense.
func (o Options) Validate() error {
	invalid := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "qdrant.Options: "+format, args...)
	}
	o = o.withDefaults()
	host, port, err := net.SplitHostPort(o.Address)
	if n, convErr := strconv.Atoi(port); err != nil || convErr != nil || host == "" || n < 1 || n > 65535 {
		return fault.New(fault.Invalid, "qdrant.Options: address %q is not host:port", o.Address).
			WithHint("the server's gRPC port is 6334 unless it was set otherwise")
	}
	switch {
	case o.APIKey != "" && !o.TLS && !isLocal(host):
		return fault.New(fault.Invalid, "qdrant.Options: the API key would go to %s in the clear", host).WithHint("turn TLS on")
	case o.TLSConfig != nil && !o.TLS:
		return invalid("a TLS configuration without TLS")
	case !prefixPattern.MatchString(o.Prefix):
		return invalid("prefix %q: need 1 to 32 of a-z, 0-9 and _", o.Prefix)
	case o.Shards < 1 || o.Shards > 1024 || o.Replicas < 1 || o.Replicas > 64:
		return invalid("%d shards with %d replicas", o.Shards, o.Replicas)
	case o.WriteConsistency < 1 || o.WriteConsistency > o.Replicas:
		return invalid("a write consistency of %d with %d replicas", o.WriteConsistency, o.Replicas)
	case o.Quantization != none && o.Quantization != scalar && o.Quantization != binary:
		return invalid("quantization %q: need none, scalar or binary", o.Quantization)
	case !(o.Oversampling >= 1 && o.Oversampling <= 100):
		return invalid("oversampling %g: need 1 to 100", o.Oversampling)
	case o.Timeout < 0 || o.Backoff < 0 || o.Lease < 0 || o.Retries < 0 || o.Retries > 20:
		return invalid("negative time or %d retries", o.Retries)
	case o.Batch < 1 || o.Batch > 10_000:
		return invalid("batch %d", o.Batch)
	}
	return nil
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (o Options) withDefaults() Options {
	o.Address = cmp.Or(o.Address, "127.0.0.1:6334")
	o.Prefix = cmp.Or(o.Prefix, "loradex")
	o.Shards = cmp.Or(o.Shards, 1)
	o.Replicas = cmp.Or(o.Replicas, 1)
	o.WriteConsistency = cmp.Or(o.WriteConsistency, 1)
	o.Quantization = cmp.Or(o.Quantization, none)
	o.Oversampling = cmp.Or(o.Oversampling, 4)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	if o.Retries = cmp.Or(o.Retries, 4); o.Retries == -1 {
		o.Retries = 0
	}
	o.Backoff = cmp.Or(o.Backoff, 100*time.Millisecond)
	o.Batch = cmp.Or(o.Batch, 256)
	o.Lease = cmp.Or(o.Lease, 10*time.Second)
	return o
}
