// Package qdranttest serves Qdrant's interface to tests.
//
//	store, err := qdrant.Open(ctx, dir, qdrant.Options{Address: qdranttest.Serve(t)})
//
// The double is a server in this process that does what the store's requests ask for, over maps. It shows that our side's
// bookkeeping is right. It proves nothing about Qdrant: how that ranks, orders ties, or behaves under load is shown by the
// suite over a real one only.
package qdranttest

import (
	"context"
	"maps"
	"net"
	"sync"
	"testing"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// server is the double.
type server struct {
	client.UnimplementedCollectionsServer
	client.UnimplementedPointsServer
	client.UnimplementedQdrantServer

	mu          sync.Mutex // guards all below; held while a request is answered
	collections map[string]map[string]*client.PointStruct
	aliases     map[string]string
}

// Serve runs a double until the test ends, and returns its address.
func Serve(t testing.TB, opts ...grpc.ServerOption) string {
	t.Helper()
	d := &server{collections: map[string]map[string]*client.PointStruct{}, aliases: map[string]string{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to cancel
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(append(opts, grpc.ChainUnaryInterceptor(d.oneByOne))...)
	client.RegisterCollectionsServer(s, d)
	client.RegisterPointsServer(s, points{d})
	client.RegisterQdrantServer(s, d)
	done := make(chan error)
	go func() { done <- s.Serve(listener) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// points is the double as a PointsServer: its Get, Delete and List have the names of the CollectionsServer's.
type points struct{ *server }

func (d *server) oneByOne(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return handle(ctx, req)
}

func (d *server) HealthCheck(context.Context, *client.HealthCheckRequest) (*client.HealthCheckReply, error) {
	return &client.HealthCheckReply{Title: "double", Version: "1.18.3"}, nil
}

// Collections.

func (d *server) Create(_ context.Context, r *client.CreateCollection) (*client.CollectionOperationResponse, error) {
	if d.collections[r.GetCollectionName()] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "collection %s", r.GetCollectionName())
	}
	d.collections[r.GetCollectionName()] = map[string]*client.PointStruct{}
	return &client.CollectionOperationResponse{Result: true}, nil
}

func (d *server) CollectionExists(_ context.Context, r *client.CollectionExistsRequest) (*client.CollectionExistsResponse, error) {
	_, err := d.find(r.GetCollectionName())
	return &client.CollectionExistsResponse{Result: &client.CollectionExists{Exists: err == nil}}, nil
}

func (d *server) Get(_ context.Context, r *client.GetCollectionInfoRequest) (*client.GetCollectionInfoResponse, error) {
	c, err := d.find(r.GetCollectionName())
	n := uint64(len(c))
	return &client.GetCollectionInfoResponse{Result: &client.CollectionInfo{
		Status: client.CollectionStatus_Green, PointsCount: &n, SegmentsCount: 1,
		OptimizerStatus: &client.OptimizerStatus{Ok: true},
	}}, err
}

func (d *server) List(context.Context, *client.ListCollectionsRequest) (*client.ListCollectionsResponse, error) {
	out := &client.ListCollectionsResponse{}
	for name := range d.collections {
		out.Collections = append(out.Collections, &client.CollectionDescription{Name: name})
	}
	return out, nil
}

func (d *server) Delete(_ context.Context, r *client.DeleteCollection) (*client.CollectionOperationResponse, error) {
	delete(d.collections, r.GetCollectionName())
	return &client.CollectionOperationResponse{Result: true}, nil
}

func (d *server) UpdateAliases(_ context.Context, r *client.ChangeAliases) (*client.CollectionOperationResponse, error) {
	for _, a := range r.GetActions() {
		if c := a.GetCreateAlias(); c != nil {
			d.aliases[c.GetAliasName()] = c.GetCollectionName()
		}
		if a.GetDeleteAlias() != nil {
			delete(d.aliases, a.GetDeleteAlias().GetAliasName())
		}
	}
	return &client.CollectionOperationResponse{Result: true}, nil
}

func (d *server) ListAliases(context.Context, *client.ListAliasesRequest) (*client.ListAliasesResponse, error) {
	out := &client.ListAliasesResponse{}
	for alias, name := range d.aliases {
		out.Aliases = append(out.Aliases, &client.AliasDescription{AliasName: alias, CollectionName: name})
	}
	return out, nil
}

func (d *server) find(name string) (map[string]*client.PointStruct, error) {
	if to, ok := d.aliases[name]; ok {
		name = to
	}
	c, ok := d.collections[name]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "collection %s", name)
	}
	return c, nil
}

// Points.

func key(id *client.PointId) string { return id.String() }

var updated = &client.PointsOperationResponse{Result: &client.UpdateResult{Status: client.UpdateStatus_Completed}}

func (d points) CreateFieldIndex(_ context.Context, r *client.CreateFieldIndexCollection) (*client.PointsOperationResponse, error) {
	_, err := d.find(r.GetCollectionName())
	return updated, err
}

func (d points) Upsert(_ context.Context, r *client.UpsertPoints) (*client.PointsOperationResponse, error) {
	c, err := d.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	for _, p := range r.GetPoints() {
		old := c[key(p.GetId())]
		if old != nil && (r.GetUpdateMode() == client.UpdateMode_InsertOnly || !passes(old, r.GetUpdateFilter())) {
			continue
		}
		c[key(p.GetId())] = p
	}
	return updated, nil
}

func (d points) selected(name string, sel *client.PointsSelector) (map[string]*client.PointStruct, []string, error) {
	c, err := d.find(name)
	var out []string
	for k, p := range c {
		if sel.GetFilter() != nil && passes(p, sel.GetFilter()) {
			out = append(out, k)
		}
	}
	for _, id := range sel.GetPoints().GetIds() {
		out = append(out, key(id))
	}
	return c, out, err
}

func (d points) Delete(_ context.Context, r *client.DeletePoints) (*client.PointsOperationResponse, error) {
	c, selected, err := d.selected(r.GetCollectionName(), r.GetPoints())
	for _, k := range selected {
		delete(c, k)
	}
	return updated, err
}

func (d points) SetPayload(_ context.Context, r *client.SetPayloadPoints) (*client.PointsOperationResponse, error) {
	c, selected, err := d.selected(r.GetCollectionName(), r.GetPointsSelector())
	for _, k := range selected {
		maps.Copy(c[k].Payload, r.GetPayload())
	}
	return updated, err
}

func (d points) Get(_ context.Context, r *client.GetPoints) (*client.GetResponse, error) {
	c, err := d.find(r.GetCollectionName())
	out := &client.GetResponse{}
	for _, id := range r.GetIds() {
		if p := c[key(id)]; p != nil {
			out.Result = append(out.Result, retrieved(p, r.GetWithPayload(), r.GetWithVectors()))
		}
	}
	return out, err
}
