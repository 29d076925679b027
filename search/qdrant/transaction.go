package qdrant

import (
	"context"
	"errors"
	"time"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/internal/fault"
)

// This file defines how a call writes: claim, write for the next generation, replace the head.

// live is the generation to which points exist that were not replaced. Ranges compare as float64, which holds it.
const live = int64(1) << 52

// keptGenerations is how many past generations a search may still be reading.
const keptGenerations = 16

// patience is how long a call waits for another writer that is alive.
const patience = 30 * time.Second

// transaction is one call that writes.
type transaction struct {
	s     *store
	head  head  // of our claim
	next  head  // what commit will put; fn changes it
	at    int64 // the generation that is written
	moved time.Time
}

// write runs fn as one call. What fn writes for generation at counts if and only if write returns nil; where advance
// is false, the call writes nothing that depends on a generation.
func (s *store) write(ctx context.Context, op string, advance bool, fn func(tx *transaction) error) error {
	if s.opts.ReadOnly {
		return fault.New(fault.Unavailable, "%s: the index %s was opened read-only", op, s.main)
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return fault.Wrap(fault.Canceled, ctx.Err(), "%s", op)
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return s.explain(ctx, err, op)
	}
	if err = fn(tx); err == nil {
		err = tx.commit(ctx, advance)
	}
	if err != nil {
		return s.explain(ctx, errors.Join(err, tx.abandon(ctx)), op)
	}
	return nil
}

// begin claims the head.
func (s *store) begin(ctx context.Context) (*transaction, error) {
	started, moved := time.Now(), time.Now()
	var seen head
	for {
		h, err := s.readHead(ctx)
		if err != nil {
			return nil, err
		}
		if h.Claim != seen.Claim || h.Beat != seen.Beat {
			seen, moved = h, time.Now()
		}
		dead := h.Claim != "" && time.Since(moved) >= s.opts.Lease
		if h.Claim == "" || dead {
			tx, err := s.claim(ctx, h)
			if tx != nil || err != nil {
				return tx, err
			}
			continue // someone was faster
		}
		// A claim that does not move is waited for until it is known to be dead.
		if time.Since(started) >= patience && time.Since(moved) < s.opts.Lease/2 {
			return nil, fault.New(fault.Conflict, "another process is writing to %s", s.main).
				WithHint("wait for the other loradex to finish")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(s.opts.Lease/20, time.Second)):
		}
	}
}

// claim makes the head ours; nil where it has changed since h. Over a dead writer's claim it removes what that left.
func (s *store) claim(ctx context.Context, h head) (*transaction, error) {
	mine := h
	mine.Claim, mine.Beat = fresh(), 0
	ok, err := s.replace(ctx, h, &mine)
	if !ok || err != nil {
		return nil, err
	}
	tx := &transaction{s: s, head: mine, next: mine, at: h.Generation + 1, moved: time.Now()}
	if h.Claim == "" {
		return tx, nil
	}
	if err := tx.undo(ctx); err != nil {
		return nil, errors.Join(err, tx.abandon(ctx))
	}
	return tx, nil
}

// beat shows that the writer lives, where that is due. Long calls do it between requests.
func (tx *transaction) beat(ctx context.Context) error {
	if time.Since(tx.moved) < tx.s.opts.Lease/4 {
		return nil
	}
	next := tx.head
	next.Beat++
	return tx.put(ctx, next)
}

// put replaces the head that this call owns.
func (tx *transaction) put(ctx context.Context, next head) error {
	ok, err := tx.s.replace(ctx, tx.head, &next)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Conflict, "another process took over writing to %s", tx.s.main).
			WithHint("let one process index at a time")
	}
	tx.head, tx.moved = next, time.Now()
	return nil
}

// commit makes what was written count, and gives the claim back.
func (tx *transaction) commit(ctx context.Context, advance bool) error {
	next := tx.next
	next.Claim, next.Beat = "", 0
	if advance {
		next.Generation = tx.at
	}
	collect := next.Generation-next.Floor >= 2*keptGenerations
	if collect {
		next.Floor = next.Generation - keptGenerations
	}
	if err := tx.put(ctx, next); err != nil {
		return err
	}
	if !collect {
		return nil
	}
	// The call counts already. What cannot be deleted now is deleted after a later one.
	_ = tx.s.collect(ctx, next)
	return nil
}

// collect deletes points that no search can want any more.
func (s *store) collect(ctx context.Context, h head) error {
	gone := client.NewPointsSelectorFilter(&client.Filter{Must: []*client.Condition{upTo(fieldTo, h.Floor)}})
	return s.everywhere(h, func(collection string) error { return s.remove(ctx, collection, gone) })
}

// abandon takes back what a failed call wrote and gives the claim back, also where the call was canceled. Where that
// fails too, the next writer does it.
func (tx *transaction) abandon(ctx context.Context) error {
	now, err := tx.s.readHead(context.WithoutCancel(ctx))
	if err != nil || now.Claim != tx.head.Claim {
		return nil //nolint:nilerr // the call's own error is the one to report; nothing is ours any more
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tx.s.opts.Timeout)
	defer cancel()
	if tx.undo(ctx) != nil {
		return nil
	}
	free := now
	free.Claim, free.Beat = "", 0
	_, _ = tx.s.replace(ctx, now, &free)
	return nil
}

// undo removes what was written for generations that have not come, and brings back what was to end with them.
func (tx *transaction) undo(ctx context.Context) error {
	g := tx.head.Generation
	fields := []string{fieldTo}
	for _, t := range tx.head.Trees {
		fields = append(fields, t.from(), t.to())
	}
	return tx.s.everywhere(tx.head, func(collection string) error {
		newer := &client.Filter{Must: []*client.Condition{above(fieldFrom, g)}}
		if err := tx.s.remove(ctx, collection, client.NewPointsSelectorFilter(newer)); err != nil {
			return err
		}
		for _, field := range fields {
			changed := &client.Filter{Must: []*client.Condition{above(field, g), below(field, live)}}
			if err := tx.s.setPayload(ctx, collection, changed, numbers{field: live}); err != nil {
				return err
			}
		}
		return nil
	})
}

// setEverywhere is setPayload in every collection that has generations.
func (s *store) setEverywhere(ctx context.Context, h head, f *client.Filter, fields numbers) error {
	return s.everywhere(h, func(collection string) error { return s.setPayload(ctx, collection, f, fields) })
}

// everywhere runs fn for every collection that has generations.
func (s *store) everywhere(h head, fn func(collection string) error) error {
	if err := fn(s.main); err != nil {
		return err
	}
	for _, e := range h.Spaces {
		if err := fn(s.alias(e.Space.ID)); err != nil {
			return err
		}
	}
	return nil
}
