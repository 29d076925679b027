package qdrant

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"
	"strconv"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/indexer"
	"loradex/internal/fault"
)

// This file defines the texts that lack vectors. The server cannot list distinct digests, so their list is made here,
// without the texts, and kept while the caller pages through it.

// pendingList is the texts that lacked a vector in a space when it was made. It is not changed afterwards.
type pendingList struct {
	flag       string // of the space
	generation int64
	texts      []lacking // by newest chunk, the newest first
}

// lacking is a text with its language at its oldest chunk.
type lacking struct {
	digest   string
	language string
	others   []string // further languages of chunks with this text, sorted
	chunk    uint64   // the newest with this text; the cursor
}

// listPending makes the list anew.
func (s *store) listPending(ctx context.Context, h head, e spaceEntry) (*pendingList, error) {
	list := &pendingList{flag: e.Flag, generation: h.Generation}
	at := map[string]int{} // place in the list
	l := listing{
		collection: s.main, page: pageSize, payload: client.NewWithPayloadInclude(fieldDigest, fieldLanguage),
		filter: chunksAt(h.Generation),
	}
	l.filter.MustNot = []*client.Condition{client.NewMatchBool(e.Flag, true)}
	// Numbers come in order, so the first chunk of a text is the oldest.
	err := s.each(ctx, l, func(p *client.RetrievedPoint) error {
		digest, language := p.GetPayload()[fieldDigest].GetStringValue(), textOf(p.GetPayload(), fieldLanguage)
		i, known := at[digest]
		if !known {
			at[digest] = len(list.texts)
			list.texts = append(list.texts, lacking{digest: digest, language: language, chunk: p.GetId().GetNum()})
			return nil
		}
		t := &list.texts[i]
		t.chunk = p.GetId().GetNum()
		if place, there := slices.BinarySearch(t.others, language); language != t.language && !there {
			t.others = slices.Insert(t.others, place, language)
		}
		return nil
	})
	slices.SortFunc(list.texts, func(a, b lacking) int { return cmp.Compare(b.chunk, a.chunk) })
	return list, err
}

// Pending implements search.Backend.
func (s *store) Pending(ctx context.Context, space, after string, limit int) (page []indexer.PendingText, total int, err error) {
	below := uint64(math.MaxUint64)
	if after != "" {
		if below, err = strconv.ParseUint(after, 10, 64); err != nil {
			return nil, 0, fault.New(fault.Invalid, "cursor %q", after)
		}
	}
	if limit < 0 {
		return nil, 0, fault.New(fault.Invalid, "limit %d", limit)
	}
	page, err = snapshot(ctx, s, "list texts without vectors", func(h head) ([]indexer.PendingText, error) {
		page := []indexer.PendingText{}
		e, err := h.find(space)
		if err != nil {
			return nil, err
		}
		// The list that an earlier page came from, where it still says which chunks there are.
		list := s.pending.Load()
		if after == "" || list == nil || list.flag != e.Flag || list.generation != h.Generation {
			if list, err = s.listPending(ctx, h, e); err != nil {
				return nil, err
			}
			s.pending.Store(list)
		}
		if total = 0; after == "" {
			total = len(list.texts)
		}
		from := sort.Search(len(list.texts), func(i int) bool { return list.texts[i].chunk < below })
		for texts := list.texts[from:]; len(texts) > 0 && len(page) < limit; {
			n := min(len(texts), limit-len(page), pageOfTexts)
			if page, err = s.appendPending(ctx, page, texts[:n], e); err != nil {
				return nil, err
			}
			texts = texts[n:]
		}
		return page, nil
	})
	return page, total, err
}

// appendPending reads texts, and leaves out those that have got a vector since the list was made.
func (s *store) appendPending(ctx context.Context, out []indexer.PendingText, texts []lacking, e spaceEntry) ([]indexer.PendingText, error) {
	ids := make([]*client.PointId, len(texts))
	for i, t := range texts {
		ids[i] = client.NewIDNum(t.chunk)
	}
	byID := map[uint64]*client.RetrievedPoint{}
	err := s.get(ctx, s.main, ids, client.NewWithPayloadInclude(fieldText, e.Flag), nil, func(p *client.RetrievedPoint) {
		byID[p.GetId().GetNum()] = p
	})
	if err != nil {
		return nil, err
	}
	for _, t := range texts {
		p := byID[t.chunk]
		if p == nil || p.GetPayload()[e.Flag].GetBoolValue() {
			continue
		}
		out = append(out, indexer.PendingText{
			Digest: t.digest, Text: textOf(p.GetPayload(), fieldText), Language: t.language, Others: t.others,
			Cursor: strconv.FormatUint(t.chunk, 10),
		})
	}
	return out, nil
}
