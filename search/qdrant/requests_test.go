package qdrant_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	client "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"loradex/embed"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
	"loradex/search"
	"loradex/search/qdrant"
	"loradex/search/tokens"
)

// This file tests what the store sends, and what it does when the server fails.

const dims = 8

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func unit(seed uint64) []float32 {
	return indexertest.RandomVector(rand.New(rand.NewPCG(seed, 1)), dims)
}

// file returns a file with n chunks.
func file(path string, n int) indexer.File {
	f := indexer.File{Path: path, Language: "go", Blob: strings.Repeat("a", 40)}
	for i := range n {
		text := fmt.Sprintf("%s part%d", path, i)
		f.Chunks = append(f.Chunks, indexer.Chunk{StartLine: i + 1, EndLine: i + 1, Kind: "function", Text: text})
		f.Texts = append(f.Texts, text)
	}
	return f
}

func vectorsOf(f indexer.File) []indexer.TextVector {
	var out []indexer.TextVector
	for i, text := range f.Texts {
		sum := sha256.Sum256([]byte(text))
		out = append(out, indexer.TextVector{Digest: hex.EncodeToString(sum[:]), Vector: unit(uint64(i))})
	}
	return out
}

// opened opens a store over a double that is closed when the test ends.
func opened(t testing.TB, d *double, o qdrant.Options) *index {
	t.Helper()
	o.Address = d.address
	s := open(t, "index", o)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// filled makes an index with one file and its vectors.
func filled(t testing.TB, s *index) {
	t.Helper()
	f := file("api/a.go", 3)
	must(t, s.PutSpace(t.Context(), embed.Space{ID: "s", Dimensions: dims}, true))
	must(t, s.PutFiles(t.Context(), "c", []indexer.File{f}))
	must(t, s.PutVectors(t.Context(), "s", vectorsOf(f)))
}

func TestCollectionsAreMadeAsConfigured(t *testing.T) {
	for _, c := range []struct {
		quantization string
		check        func(q *client.QuantizationConfig) bool
	}{
		{"none", func(q *client.QuantizationConfig) bool { return q == nil }},
		{"scalar", func(q *client.QuantizationConfig) bool {
			return q.GetScalar().GetType() == client.QuantizationType_Int8 && q.GetScalar().GetAlwaysRam()
		}},
		{"binary", func(q *client.QuantizationConfig) bool { return q.GetBinary().GetAlwaysRam() }},
	} {
		t.Run(c.quantization, func(t *testing.T) {
			d := startDouble(t)
			s := opened(t, d, qdrant.Options{Prefix: "team", Shards: 3, Replicas: 2, WriteConsistency: 2, Quantization: c.quantization})
			must(t, s.PutSpace(t.Context(), embed.Space{ID: "s", Dimensions: dims}, true))
			made := d.record("Collections/Create")
			if len(made) != 2 {
				t.Fatalf("%d collections made, want 2", len(made))
			}
			for _, m := range made {
				r := m.request.(*client.CreateCollection)
				if !strings.HasPrefix(r.GetCollectionName(), "team-index-") || r.GetShardNumber() != 3 ||
					r.GetReplicationFactor() != 2 || r.GetWriteConsistencyFactor() != 2 {
					t.Errorf("collection made as %v", r)
				}
				if r.GetSparseVectorsConfig().GetMap()["words"].GetModifier() != client.Modifier_Idf {
					t.Errorf("%s: words without the IDF modifier", r.GetCollectionName())
				}
			}
			if made[0].request.(*client.CreateCollection).GetVectorsConfig() != nil {
				t.Error("the main collection has dense vectors")
			}
			space := made[1].request.(*client.CreateCollection)
			dense := space.GetVectorsConfig().GetParamsMap().GetMap()["dense"]
			if dense.GetSize() != dims || dense.GetDistance() != client.Distance_Dot || dense.GetOnDisk() || !c.check(dense.GetQuantizationConfig()) {
				t.Errorf("dense vectors are %v", dense)
			}
			aliases := d.record("Collections/UpdateAliases")
			create := aliases[0].request.(*client.ChangeAliases).GetActions()[0].GetCreateAlias()
			if len(aliases) != 1 || create.GetCollectionName() != space.GetCollectionName() || create.GetAliasName() != s.Collection()+"-space-s" {
				t.Errorf("aliases: %v", aliases)
			}
			var fields []string
			for _, m := range d.record("Points/CreateFieldIndex") {
				if r := m.request.(*client.CreateFieldIndexCollection); r.GetCollectionName() == space.GetCollectionName() {
					fields = append(fields, r.GetFieldName())
				}
			}
			slices.Sort(fields)
			if want := []string{"end", "from", "kind", "language", "path", "start", "to", "tree", "version"}; !slices.Equal(fields, want) {
				t.Errorf("indexed fields %v, want %v", fields, want)
			}
		})
	}
}

func TestSearchRequests(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{Quantization: "scalar", Oversampling: 3, Replicas: 3})
	filled(t, s)
	ctx := t.Context()
	last := func() *client.QueryPoints {
		calls := d.record("Points/Query")
		return calls[len(calls)-1].request.(*client.QueryPoints)
	}
	_, err := s.Dense(ctx, "s", unit(1), search.Filter{}, 10, true)
	must(t, err)
	if p := last().GetParams(); !p.GetExact() || !p.GetQuantization().GetIgnore() {
		t.Errorf("exact search with %v", p)
	}
	if r := last(); r.GetUsing() != "dense" || r.GetLimit() <= 10 || r.GetReadConsistency().GetType() != client.ReadConsistencyType_Majority ||
		r.GetCollectionName() != s.Collection()+"-space-s" {
		t.Errorf("dense search is %v", r)
	}
	_, err = s.Dense(ctx, "s", unit(1), search.Filter{}, 10, false)
	must(t, err)
	if p := last().GetParams(); p.GetExact() || !p.GetQuantization().GetRescore() || p.GetQuantization().GetOversampling() != 3 {
		t.Errorf("approximate search with %v", p)
	}
	_, _, err = s.Lexical(ctx, search.Terms(tokens.Unique("parseJson parse")), search.Filter{}, 10)
	must(t, err)
	sparse := last().GetQuery().GetNearest().GetSparse()
	if len(sparse.GetIndices()) != 3 || !slices.IsSorted(sparse.GetIndices()) || !slices.Equal(sparse.GetValues(), []float32{1, 1, 1}) {
		t.Errorf("words are sent as %v, want parse, json and parsejson once each", sparse)
	}
}

func TestFilterRequests(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{})
	filled(t, s)
	for _, c := range []struct {
		name   string
		filter search.Filter
		want   []string // must or must not hold these, as text
	}{
		{"nothing", search.Filter{}, nil},
		{"languages", search.Filter{Languages: []string{"Go"}}, []string{`key:"language"`, `strings:"go"`}},
		{"kinds", search.Filter{Kinds: []string{"function"}}, []string{`key:"kind"`}},
		{"folder", search.Filter{Paths: []string{"api/**"}}, []string{`key:"tree"`, `strings:"api"`}},
		{"one path", search.Filter{Paths: []string{"api/a.go"}}, []string{`key:"tree"`, `strings:"api/a.go"`}},
		{"pattern", search.Filter{Paths: []string{"**/*.go"}}, []string{"must_not", `key:"path"`}},
		{"span", search.Filter{Exclude: []search.Span{{Path: "x", StartLine: 2, EndLine: 9}}}, []string{"must_not", `key:"start"`, "lte:9", `key:"end"`, "gt:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.reset()
			_, err := s.Dense(t.Context(), "s", unit(1), c.filter, 1, false)
			must(t, err)
			// Protocol buffers vary the spaces of their text on purpose.
			text := strings.ReplaceAll(d.record("Points/Query")[0].request.(*client.QueryPoints).GetFilter().String(), " ", "")
			for _, part := range append(c.want, `key:"from"`, `key:"to"`) {
				if !strings.Contains(text, part) {
					t.Errorf("filter %s lacks %s", text, part)
				}
			}
		})
	}
	d.reset()
	hits, err := s.Dense(t.Context(), "s", unit(1), search.Filter{Paths: []string{"**/*.py"}}, 1, false)
	if err != nil || len(hits) != 0 || len(d.record("Points/Query")) != 0 {
		t.Errorf("a pattern that no file matches: %v, %v, %d requests", hits, err, len(d.record("Points/Query")))
	}
}

func TestUpsertsComeInBatches(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{Batch: 10, Replicas: 2})
	d.reset()
	must(t, s.PutFiles(t.Context(), "c", []indexer.File{file("a.go", 25)}))
	total := 0
	for _, c := range d.record("Points/Upsert") {
		r := c.request.(*client.UpsertPoints)
		if len(r.GetPoints()) > 10 || !r.GetWait() || r.GetOrdering().GetType() != client.WriteOrderingType_Strong {
			t.Errorf("a request of %d points, wait %v, ordering %v", len(r.GetPoints()), r.GetWait(), r.GetOrdering())
		}
		total += len(r.GetPoints())
	}
	if want := 25 + 1 + 1 + 3; total != want { // chunks, file, chunk list, head at begin, with the tree, and at the end
		t.Errorf("%d points written, want %d", total, want)
	}
}

func TestRetries(t *testing.T) {
	defer fault.ExpectBugs()()
	unavailable := status.Error(codes.Unavailable, "restarting")
	for _, c := range []struct {
		name    string
		errs    []error
		retries int
		want    fault.Code // "" for success
		calls   int
	}{
		{"passes", []error{unavailable, unavailable}, 3, "", 3},
		{"lasts", slices.Repeat([]error{unavailable}, 9), 3, fault.Unavailable, 4},
		{"no retries", []error{unavailable}, -1, fault.Unavailable, 1},
		{"overloaded", []error{status.Error(codes.ResourceExhausted, "busy")}, 3, "", 2},
		{"not for errors that stay", []error{status.Error(codes.InvalidArgument, "bad")}, 3, fault.Internal, 1},
		{"nor for a wrong key", []error{status.Error(codes.Unauthenticated, "key")}, 3, fault.Unavailable, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := startDouble(t)
			s := opened(t, d, qdrant.Options{Retries: c.retries, Backoff: time.Millisecond})
			filled(t, s)
			d.reset()
			d.fail("Points/Query", c.errs...)
			hits, err := s.Dense(t.Context(), "s", unit(1), search.Filter{}, 1, false)
			if c.want == "" && (err != nil || len(hits) != 1) || c.want != "" && fault.CodeOf(err) != c.want {
				t.Errorf("%d hits, %v (%s), want %q", len(hits), err, fault.CodeOf(err), c.want)
			}
			if n := len(d.record("Points/Query")); n != c.calls {
				t.Errorf("%d requests, want %d", n, c.calls)
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{Timeout: 200 * time.Millisecond, Retries: 1, Backoff: time.Millisecond})
	filled(t, s)
	d.setHang("Points/Query", 1) // the second attempt has a time-out of its own
	_, err := s.Dense(t.Context(), "s", unit(1), search.Filter{}, 1, false)
	must(t, err)
	d.setHang("Points/Query", 2)
	_, err = s.Dense(t.Context(), "s", unit(1), search.Filter{}, 1, false)
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "200ms") {
		t.Errorf("a server that hangs: %v (%s)", err, fault.CodeOf(err))
	}
	d.setHang("Points/Query", 2)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err = s.Dense(ctx, "s", unit(1), search.Filter{}, 1, false); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("a caller who waits no longer: %v (%s)", err, fault.CodeOf(err))
	}
}

func TestAPIKeyIsSentWithEveryRequest(t *testing.T) {
	d := startDouble(t)
	filled(t, opened(t, d, qdrant.Options{APIKey: "secret"}))
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if !slices.Equal(c.header.Get("api-key"), []string{"secret"}) {
			t.Errorf("%s with the key %v", c.method, c.header.Get("api-key"))
		}
	}
}

func TestTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate, which is for 127.0.0.1
	defer web.Close()
	d := startDouble(t, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS13})))
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	filled(t, opened(t, d, qdrant.Options{APIKey: "k", TLS: true, TLSConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}))
	for name, o := range map[string]qdrant.Options{"a certificate that nobody vouches for": {TLS: true}, "no TLS": {}} {
		o.Address, o.Retries = d.address, -1
		if _, err := qdrant.Check(t.Context(), o); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s: %v (%s)", name, err, fault.CodeOf(err))
		}
	}
}

// TestNoServer: an address where nothing listens is an error that says so.
func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	must(t, err)
	must(t, l.Close())
	_, err = qdrant.Open(t.Context(), "index", qdrant.Options{Address: l.Addr().String(), Retries: -1})
	if fault.CodeOf(err) != fault.Unavailable || fault.HintOf(err) == "" || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("%v (%s)", err, fault.CodeOf(err))
	}
}

func TestOldServer(t *testing.T) {
	d := startDouble(t)
	for version, want := range map[string]fault.Code{"1.16.3": fault.Unsupported, "0.11.0": fault.Unsupported, "dev": fault.Unsupported, "1.17.0": "", "2.0.1": ""} {
		d.setVersion(version)
		_, err := qdrant.Check(t.Context(), qdrant.Options{Address: d.address})
		if err != nil && fault.CodeOf(err) != want || err == nil && want != "" {
			t.Errorf("%s: %v, want %q", version, err, want)
		}
	}
}

func TestHealth(t *testing.T) {
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{})
	filled(t, s)
	all, err := s.Describe(t.Context())
	must(t, err)
	h := all.Server
	if h.Version != "1.18.3" || len(h.Collections) != 2 || h.Collections[0].Status != "green" || h.Collections[0].Points == 0 {
		t.Errorf("health is %+v", h)
	}
}

// TestWaitIndexed: a collection is ready when it stays green.
func TestWaitIndexed(t *testing.T) {
	defer fault.ExpectBugs()()
	d := startDouble(t)
	s := opened(t, d, qdrant.Options{})
	filled(t, s)
	const green, yellow, red = client.CollectionStatus_Green, client.CollectionStatus_Yellow, client.CollectionStatus_Red
	ask := func(ctx context.Context, statuses ...client.CollectionStatus) (left int, err error) {
		d.mu.Lock()
		d.statuses = statuses
		d.mu.Unlock()
		err = s.WaitIndexed(ctx, "s")
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.statuses), err
	}
	if left, err := ask(t.Context(), yellow, green, yellow, green, green, red); err != nil || left != 1 {
		t.Errorf("%d answers were not asked for, want the one after two green ones; %v", left, err)
	}
	if _, err := ask(t.Context(), red); fault.CodeOf(err) != fault.Internal {
		t.Errorf("red: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := ask(ctx, yellow, yellow, yellow); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("an end: %v", err)
	}
}
