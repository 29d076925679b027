package qdrant

import (
	"context"
	"strings"
	"time"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/search"
)

// Check asks a server how it is, without an index. Unavailable where it does not answer, Unsupported where it is too
// old; what is known is returned with the latter.
func Check(ctx context.Context, o Options) (search.Server, error) {
	s, err := connect("", o)
	if err != nil {
		return search.Server{}, err
	}
	defer s.client.Close() //nolint:errcheck // nothing was sent that matters
	return s.health(ctx)
}

func (s *store) health(ctx context.Context) (search.Server, error) {
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
func (s *store) Describe(ctx context.Context) (search.Description, error) {
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

// statusName is "green", "yellow", "grey", "red", or "unknown".
func statusName(s client.CollectionStatus) string {
	return strings.TrimSuffix(strings.ToLower(s.String()), "collectionstatus")
}
