package embed

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"loradex/internal/fault"
)

// queue joins the requests of concurrent callers into batches and runs them, one at a time, in one goroutine.
//
// A request that fits one batch is small. All small requests that wait share the next batch, and go before the next
// batch of a large one, so that a search does not wait for an indexing run; large ones take turns. A small request that
// comes alone waits JoinWait for company.
type queue struct {
	e      *Encoder
	arrive chan *job
	stop   chan struct{}
	once   sync.Once
	done   sync.WaitGroup
}

// job is one request. Its sequences are sorted, longest first; the queue takes them from the front.
type job struct {
	ctx    context.Context //nolint:containedctx // a request's context travels with it through the queue
	left   []*sequence
	result chan error
}

func newJob(ctx context.Context, seqs []*sequence) *job {
	left := slices.Clone(seqs)
	sortByLength(left)
	return &job{ctx: ctx, left: left, result: make(chan error, 1)}
}

func (j *job) wait() error { return <-j.result }

// sortByLength puts long sequences first; equal ones stay in order, so that runs are repeatable.
func sortByLength(s []*sequence) {
	slices.SortStableFunc(s, func(a, b *sequence) int { return cmp.Compare(len(b.ids), len(a.ids)) })
}

func newQueue(e *Encoder) *queue {
	q := &queue{e: e, arrive: make(chan *job), stop: make(chan struct{})}
	q.done.Add(1)
	go q.loop()
	return q
}

func (q *queue) submit(j *job) error {
	select {
	case q.arrive <- j:
		return nil
	case <-q.stop:
		return closedError()
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
}

func (q *queue) close() {
	q.once.Do(func() { close(q.stop) })
	q.done.Wait()
}

func closedError() error { return fault.New(fault.Conflict, "the encoder is closed") }

func (q *queue) loop() {
	defer q.done.Done()
	var pending []*job
	var s scratch
	defer func() {
		for _, j := range pending {
			j.result <- closedError()
		}
	}()
	for {
		if len(pending) == 0 {
			select {
			case j := <-q.arrive:
				pending = append(pending, j)
			case <-q.stop:
				return
			}
		}
		if pending = q.gather(pending); len(pending) == 0 {
			continue
		}
		select {
		case <-q.stop:
			return
		default:
		}
		batch, owners := q.next(pending)
		err := q.e.run(batchContext(owners), &s, batch)
		pending = settle(pending, owners, err)
	}
}

// gather adds the jobs that have arrived, waits a moment for more where there is less than a batch, and drops jobs
// whose callers have gone.
func (q *queue) gather(pending []*job) []*job {
	var timer <-chan time.Time
	for {
		select {
		case j := <-q.arrive:
			pending = append(pending, j)
			continue
		default:
		}
		if q.full(pending) {
			break
		}
		if timer == nil {
			timer = time.After(q.e.opts.JoinWait)
		}
		select {
		case j := <-q.arrive:
			pending = append(pending, j)
			continue
		case <-timer:
		case <-q.stop:
		}
		break
	}
	return slices.DeleteFunc(pending, func(j *job) bool {
		if err := j.ctx.Err(); err != nil {
			j.result <- err
			return true
		}
		return false
	})
}

// full tells whether what waits fills a batch.
func (q *queue) full(pending []*job) bool {
	tokens := 0
	for _, j := range pending {
		for _, s := range j.left {
			if tokens += len(s.ids); tokens >= q.e.opts.BatchTokens {
				return true
			}
		}
	}
	return false
}

// next takes the next batch off the pending jobs and says whose sequences it holds.
func (q *queue) next(pending []*job) (batch []*sequence, owners []*job) {
	var small []*job
	for _, j := range pending {
		if q.e.fits(j.left) == len(j.left) {
			small = append(small, j)
		}
	}
	if len(small) == 0 {
		j := pending[0]
		n := q.e.fits(j.left)
		batch, j.left = j.left[:n], j.left[n:]
		return batch, []*job{j}
	}
	from := map[*sequence]*job{}
	var all []*sequence
	for _, j := range small {
		for _, s := range j.left {
			from[s] = j
		}
		all = append(all, j.left...)
	}
	sortByLength(all)
	batch = all[:q.e.fits(all)]
	for _, s := range batch {
		j := from[s]
		if !slices.Contains(owners, j) {
			owners = append(owners, j)
		}
		delete(from, s)
	}
	for _, j := range owners {
		j.left = slices.DeleteFunc(j.left, func(s *sequence) bool { return from[s] == nil })
	}
	return batch, owners
}

// fits says how many of the first sequences, sorted by length, make a batch: at least 1.
func (e *Encoder) fits(seqs []*sequence) int {
	if len(seqs) == 0 {
		return 0
	}
	width := len(seqs[0].ids)
	n := min(len(seqs), max(1, e.opts.BatchTokens/max(1, width)))
	bytes := 0
	for i, s := range seqs[:n] {
		if bytes = max(bytes, s.mix.packBytes()); i > 0 && (i+1)*bytes > e.opts.PackBytes {
			return i
		}
	}
	return n
}

// settle ends the owners that failed or are complete, and moves the others behind the rest: large jobs take turns.
func settle(pending, owners []*job, err error) []*job {
	rest := slices.DeleteFunc(pending, func(j *job) bool { return slices.Contains(owners, j) })
	for _, j := range owners {
		switch {
		case err != nil && j.ctx.Err() != nil:
			j.result <- j.ctx.Err()
		case err != nil:
			j.result <- err
		case len(j.left) == 0:
			j.result <- nil
		default:
			rest = append(rest, j)
		}
	}
	return rest
}

// batchContext is the context of a run: a single caller's own, so that its run stops with it; several callers' run is
// not stopped by one of them.
func batchContext(owners []*job) context.Context {
	if len(owners) == 1 {
		return owners[0].ctx
	}
	return context.Background()
}
