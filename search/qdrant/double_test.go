package qdrant_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"loradex/search/qdrant/qdranttest"
)

// double is a server that records what it is asked, and fails when it is told to. See package qdranttest for what it
// cannot show.
type double struct {
	address string

	mu       sync.Mutex // guards all below
	calls    []call
	failures map[string][]error        // by method: what the next calls answer
	hang     map[string]int            // by method: how many of the next calls never answer
	version  string                    // what it says its version is; "" for the double's own
	statuses []client.CollectionStatus // what the next questions for a collection answer; then green
}

// call is a request as it arrived.
type call struct {
	method  string
	request proto.Message
	header  metadata.MD
}

// startDouble serves until the test ends.
func startDouble(t testing.TB, opts ...grpc.ServerOption) *double {
	t.Helper()
	d := &double{failures: map[string][]error{}, hang: map[string]int{}}
	d.address = qdranttest.Serve(t, append(opts, grpc.UnaryInterceptor(d.intercept))...)
	return d
}

func (d *double) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	header, _ := metadata.FromIncomingContext(ctx)
	d.mu.Lock()
	method := info.FullMethod[len("/qdrant."):]
	d.calls = append(d.calls, call{method, proto.Clone(req.(proto.Message)), header})
	var failure error
	if list := d.failures[method]; len(list) > 0 {
		failure, d.failures[method] = list[0], list[1:]
	}
	hang := d.hang[method] > 0
	if hang {
		d.hang[method]--
	}
	d.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if failure != nil {
		return nil, failure
	}
	reply, err := handle(ctx, req)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch r := reply.(type) {
	case *client.HealthCheckReply:
		if d.version != "" {
			r.Version = d.version
		}
	case *client.GetCollectionInfoResponse:
		if len(d.statuses) > 0 {
			r.Result.Status, d.statuses = d.statuses[0], d.statuses[1:]
		}
	}
	return reply, err
}

// record returns the requests of a method since the last reset.
func (d *double) record(method string) []call {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []call
	for _, c := range d.calls {
		if c.method == method {
			out = append(out, c)
		}
	}
	return out
}

func (d *double) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = nil
}

// fail makes the next calls of a method answer errors.
func (d *double) fail(method string, errs ...error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failures[method] = errs
}

// setHang makes the next n calls of a method never answer.
func (d *double) setHang(method string, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hang[method] = n
}

// dial returns a client of the double.
func (d *double) dial(t testing.TB) *client.Client {
	t.Helper()
	port, err := strconv.Atoi(d.address[strings.LastIndex(d.address, ":")+1:])
	must(t, err)
	c, err := client.NewClient(&client.Config{Host: "127.0.0.1", Port: port, PoolSize: 1, SkipCompatibilityCheck: true})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

// setFormat changes the format that the head of an index says it has.
func (d *double) setFormat(t testing.TB, collection string, format int) {
	t.Helper()
	c := d.dial(t)
	heads := &client.Filter{Must: []*client.Condition{client.NewMatchKeyword("type", "head")}}
	found, err := c.Scroll(t.Context(), &client.ScrollPoints{
		CollectionName: collection, Filter: heads, Limit: client.PtrOf(uint32(9)), WithPayload: client.NewWithPayload(true),
	})
	must(t, err)
	state := regexp.MustCompile(`"format":\d+`).ReplaceAllString(found[0].GetPayload()["state"].GetStringValue(), fmt.Sprintf(`"format":%d`, format))
	_, err = c.SetPayload(t.Context(), &client.SetPayloadPoints{
		CollectionName: collection, PointsSelector: client.NewPointsSelectorFilter(heads),
		Payload: map[string]*client.Value{"state": client.NewValueString(state)},
	})
	must(t, err)
}

func (d *double) setVersion(version string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.version = version
}

// names returns the collections, sorted, and how many aliases there are.
func (d *double) names(t testing.TB) (collections []string, aliases int) {
	t.Helper()
	c := d.dial(t)
	collections, err := c.ListCollections(t.Context())
	must(t, err)
	all, err := c.ListAliases(t.Context())
	must(t, err)
	slices.Sort(collections)
	return collections, len(all)
}
