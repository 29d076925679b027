package qdrant

import (
	"context"
	"strings"
	"time"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/internal/fault"
)

// Health says how a server is, for `loradex doctor`.
type Health struct {
	Address     string             `json:"address"`
	Version     string             `json:"version"`
	Latency     time.Duration      `json:"latency"` // of one small request
	Collections []CollectionHealth `json:"collections,omitempty"`
}

// CollectionHealth says how a collection is.
type CollectionHealth struct {
	Name string `json:"name"`
	// Status is "green" where all is well, "yellow" while the server optimises, "grey" where it will on the next
	// write, "red" where something failed.
	Status string `json:"status"`
	Points uint64 `json:"points"`
	Error  string `json:"error,omitempty"` // of the optimiser
}

// Check asks a server how it is, without an index. Unavailable where it does not answer, Unsupported where it is too
// old; what is known is returned with the latter.
func Check(ctx context.Context, o Options) (Health, error) {
	if err := o.Validate(); err != nil {
		return Health{}, err
	}
	o = o.withDefaults()
	c, err := dial(o)
	if err != nil {
		return Health{}, fault.Wrap(fault.Invalid, err, "connect to Qdrant at %s", o.Address)
	}
	s := &Store{opts: o, client: c}
	defer c.Close() //nolint:errcheck // nothing was sent that matters
	return s.health(ctx)
}

func (s *Store) health(ctx context.Context) (Health, error) {
	h := Health{Address: s.opts.Address}
	start := time.Now()
	reply, err := s.client.HealthCheck(ctx)
	if err != nil {
		return h, s.explain(ctx, err, "ask how it is")
	}
	h.Latency, h.Version = time.Since(start), reply.GetVersion()
	return h, checkVersion(h.Version)
}

// Health asks how the server and the collections of the index are.
func (s *Store) Health(ctx context.Context) (Health, error) {
	h, err := s.health(ctx)
	if err != nil {
		return h, err
	}
	names, err := s.client.ListCollections(ctx)
	if err != nil {
		return h, s.explain(ctx, err, "list collections")
	}
	for _, name := range names {
		if name != s.main && !strings.HasPrefix(name, s.main+spacePart) {
			continue
		}
		info, err := s.client.GetCollectionInfo(ctx, name)
		if err != nil {
			return h, s.explain(ctx, err, "ask how "+name+" is")
		}
		h.Collections = append(h.Collections, CollectionHealth{
			Name: name, Status: statusName(info.GetStatus()), Points: info.GetPointsCount(),
			Error: info.GetOptimizerStatus().GetError(),
		})
	}
	return h, nil
}

func statusName(s client.CollectionStatus) string {
	switch s {
	case client.CollectionStatus_Green:
		return "green"
	case client.CollectionStatus_Yellow:
		return "yellow"
	case client.CollectionStatus_Red:
		return "red"
	case client.CollectionStatus_Grey:
		return "grey"
	}
	return "unknown"
}
