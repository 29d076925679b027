package qdrant

import (
	"context"
	"strings"
	"time"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/internal/fault"
	"loradex/search"
)

// Check asks a server how it is, without an index. Unavailable where it does not answer, Unsupported where it is too
// old; what is known is returned with the latter.
func Check(ctx context.Context, o Options) (search.Server, error) {
	if err := o.Validate(); err != nil {
		return search.Server{}, err
	}
	o = o.withDefaults()
	c, err := dial(o)
	if err != nil {
		return search.Server{}, fault.Wrap(fault.Invalid, err, "connect to Qdrant at %s", o.Address)
	}
	s := &Store{opts: o, client: c}
	defer c.Close() //nolint:errcheck // nothing was sent that matters
	return s.health(ctx)
}

func (s *Store) health(ctx context.Context) (search.Server, error) {
	h := search.Server{Address: s.opts.Address}
	start := time.Now()
	reply, err := s.client.HealthCheck(ctx)
	if err != nil {
		return h, s.explain(ctx, err, "ask how it is")
	}
	h.Latency, h.Version = time.Since(start), reply.GetVersion()
	return h, checkVersion(h.Version)
}

// Describe implements search.Backend.
func (s *Store) Describe(ctx context.Context) (search.Description, error) {
	h, err := s.health(ctx)
	d := search.Description{Server: &h}
	if err != nil {
		return d, err
	}
	names, err := s.client.ListCollections(ctx)
	if err != nil {
		return d, s.explain(ctx, err, "list collections")
	}
	for _, name := range names {
		if name != s.main && !strings.HasPrefix(name, s.main+spacePart) {
			continue
		}
		info, err := s.client.GetCollectionInfo(ctx, name)
		if err != nil {
			return d, s.explain(ctx, err, "ask how "+name+" is")
		}
		h.Collections = append(h.Collections, search.Collection{
			Name: name, Status: statusName(info.GetStatus()), Points: info.GetPointsCount(),
			Error: info.GetOptimizerStatus().GetError(),
		})
	}
	d.Trees, err = s.countedTrees(ctx)
	return d, err
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
