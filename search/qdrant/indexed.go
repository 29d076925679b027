package qdrant

import (
	"context"
	"time"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/internal/fault"
)

// pollIndexed is the time between two looks at a collection.
const pollIndexed = 500 * time.Millisecond

// WaitIndexed waits until the server has put the vectors of a space into its graph: until two looks at its collection one
// after the other find it green. Searches are right before, too, but slower. Internal where the server's optimiser
// failed, Canceled when ctx ends.
func (s *store) WaitIndexed(ctx context.Context, space string) error {
	op := "wait for the index of space " + space
	for green := 0; green < 2; {
		info, err := s.client.GetCollectionInfo(ctx, s.alias(space))
		if err != nil {
			return s.explain(ctx, err, op)
		}
		switch info.GetStatus() {
		case client.CollectionStatus_Green:
			green++
		case client.CollectionStatus_Red:
			return fault.New(fault.Internal, "Qdrant cannot index space %s: %s", space, info.GetOptimizerStatus().GetError())
		default:
			green = 0
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.Canceled, ctx.Err(), "%s", op)
		case <-time.After(pollIndexed):
		}
	}
	return nil
}
