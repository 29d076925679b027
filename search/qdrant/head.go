package qdrant

import (
	"context"
	"encoding/json"
	"slices"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/adapters"
	"loradex/embed"
	"loradex/internal/fault"
)

// This file defines the head: the one point that says what of the rest counts.

// formatVersion is what this build reads and writes. Format 1 knew no trees.
const formatVersion = 2

// head is the state of an index. Replacing it is what makes a call atomic.
type head struct {
	Format     int                     `json:"format"`
	Generation int64                   `json:"generation"` // points exist for it where from <= Generation < to
	Floor      int64                   `json:"floor"`      // points with to <= Floor may be deleted
	NextID     int64                   `json:"next_id"`    // of chunks
	Spaces     []spaceEntry            `json:"spaces"`     // oldest first
	Trees      []treeEntry             `json:"trees"`
	NextTree   int64                   `json:"next_tree"`           // the greatest number that a tree ever had
	Languages  map[string]adapters.Mix `json:"languages,omitempty"` // mixes of a language-wise index
	Claim      string                  `json:"claim,omitempty"`     // who is writing; "" where no one is
	Beat       int64                   `json:"beat,omitempty"`      // counts signs of life of the claim
	Past       []string                `json:"past"`                // stamps of the last states, newest last

	stamp string // names this state
}

// spaceEntry is a space of the index.
type spaceEntry struct {
	Space   embed.Space `json:"space"`
	Default bool        `json:"default,omitempty"`
	Flag    string      `json:"flag"` // payload field of a chunk whose text has a vector in the space
}

// keptStamps is how many earlier states a head names: a writer that reads its own write back may find that others have
// written on top of it.
const keptStamps = 16

// find returns a space. NotFound where the index has no such space.
func (h *head) find(id string) (spaceEntry, error) {
	for _, e := range h.Spaces {
		if e.Space.ID == id {
			return e, nil
		}
	}
	return spaceEntry{}, fault.New(fault.NotFound, "the index has no space %q", id).WithHint("`loradex status` lists the spaces")
}

func headID() *client.PointId { return pointID("head") }

// readHead returns the present head. NotFound where the index was never made.
func (s *store) readHead(ctx context.Context) (head, error) {
	var h head
	points, err := s.client.Get(ctx, &client.GetPoints{
		CollectionName: s.main, Ids: []*client.PointId{headID()},
		WithPayload: client.NewWithPayload(true), ReadConsistency: s.consistency(),
	})
	if err != nil {
		return h, err
	}
	if len(points) == 0 {
		return h, fault.New(fault.NotFound, "no index %s in Qdrant at %s", s.main, s.opts.Address).WithHint("run `loradex index` first")
	}
	payload := points[0].GetPayload()
	if err := json.Unmarshal([]byte(payload[fieldState].GetStringValue()), &h); err != nil {
		return h, fault.Wrap(fault.Corrupt, err, "the head of %s in Qdrant at %s", s.main, s.opts.Address).
			WithHint("run `loradex clean` and `loradex index`")
	}
	if h.Format != formatVersion {
		return h, fault.New(fault.Unsupported, "%s has index format %d, this loradex reads format %d", s.main, h.Format, formatVersion).
			WithHint("use the loradex that made it, or run `loradex clean` and `loradex index`")
	}
	h.stamp = payload[fieldStamp].GetStringValue()
	return h, nil
}

// replace writes next over old, and says whether old was still there.
func (s *store) replace(ctx context.Context, old head, next *head) (bool, error) {
	next.Past = append(slices.Clone(old.Past), old.stamp)
	next.Past = next.Past[max(0, len(next.Past)-keptStamps):]
	next.stamp = fresh()
	if err := s.putHead(ctx, *next, &client.UpsertPoints{
		UpdateFilter: &client.Filter{Must: []*client.Condition{client.NewMatchKeyword(fieldStamp, old.stamp)}},
	}); err != nil {
		return false, err
	}
	now, err := s.readHead(ctx)
	if err != nil {
		return false, err
	}
	return now.stamp == next.stamp || slices.Contains(now.Past, next.stamp), nil
}

// putHead writes a head as the request says.
func (s *store) putHead(ctx context.Context, h head, request *client.UpsertPoints) error {
	state, err := json.Marshal(h)
	if err != nil {
		return err
	}
	request.CollectionName, request.Wait, request.Ordering = s.main, client.PtrOf(true), s.ordering()
	request.Points = []*client.PointStruct{{
		Id: headID(), Vectors: noVectors(),
		Payload: map[string]*client.Value{
			fieldType: client.NewValueString(typeHead), fieldStamp: client.NewValueString(h.stamp),
			fieldState: client.NewValueString(string(state)),
		},
	}}
	return applied(s.client.Upsert(ctx, request))
}

// tries is how often a read starts anew because its generation was deleted under it.
const tries = 10

// snapshot runs fn with a head whose generation is whole until fn returns, again where it was not.
func snapshot[T any](ctx context.Context, s *store, op string, fn func(h head) (T, error)) (none T, err error) {
	for range tries {
		h, err := s.readHead(ctx)
		if err != nil {
			return none, s.explain(ctx, err, op)
		}
		out, err := fn(h)
		if err != nil && fault.CodeOf(err) != fault.Internal {
			return none, err // ours, and about the request: reading again would not change it
		}
		now, headErr := s.readHead(ctx)
		switch {
		case headErr != nil:
			return none, s.explain(ctx, headErr, op)
		case err == nil && now.Floor <= h.Generation:
			return out, nil
		case err != nil && now.stamp == h.stamp:
			return none, s.explain(ctx, err, op)
		}
	}
	return none, fault.New(fault.Conflict, "%s changes faster than it can be read: %s", s.main, op).WithHint("try again")
}
