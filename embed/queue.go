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
// A request that fits one batch is small. Small requests share a batch, oldest first, so that none waits for those that
// come after it. While both kinds wait, batches alternate: a search waits for one batch of an indexing run at most, and
// searches that never end do not stop the indexing run. Large ones take turns. A small request that comes alone waits
// JoinWait for company.
type queue struct {
	e      *Encoder
	arrive chan *job
	stop   chan struct{}
	once   sync.Once
	done   sync.WaitGroup

	smallLast bool // the last batch was of small requests; the loop's own
}

// job is one request. Its sequences are sorted, longest first; the queue takes them from the front.
type job struct {
	ctx  context.Context //nolint:containedctx // a request's context travels with it through the queue
	left []*sequence
	made chan *sequence // whose vectors are there, batch by batch, until the queue is done with the job
	err  error          // why some have none; to be read when made is closed
}

// newJob takes the sequences of each row.
func newJob(ctx context.Context, rows [][]*sequence) *job {
	j := &job{ctx: ctx, left: slices.Concat(rows...)}
	for _, s := range j.left {
		s.job = j
	}
	sortByLength(j.left)
	j.made = make(chan *sequence, len(j.left)) // the queue waits for no caller
	return j
}

func (j *job) end(err error) {
	j.err = err
	close(j.made)
}

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
			j.end(closedError())
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
		pending = settle(pending, owners, batch, err)
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
			j.end(err)
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
	var large *job // the first
	for _, j := range pending {
		if q.e.fits(j.left) == len(j.left) {
			small = append(small, j)
		} else if large == nil {
			large = j
		}
	}
	if large != nil && (len(small) == 0 || q.smallLast) {
		q.smallLast = false
		n := q.e.fits(large.left)
		batch, large.left = large.left[:n], large.left[n:]
		return batch, []*job{large}
	}
	q.smallLast = true
	for _, j := range small {
		joined := slices.Concat(batch, j.left)
		sortByLength(joined)
		if q.e.fits(joined) < len(joined) {
			continue // a shorter one may still fit
		}
		batch, owners = joined, append(owners, j)
		j.left = nil
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
	most, shared := 0, true // one mix for all rows is packed once
	for i, s := range seqs[:n] {
		most = max(most, s.mix.packBytes())
		if shared = shared && s.mix == seqs[0].mix; !shared && (i+1)*most > e.opts.PackBytes {
			return i
		}
	}
	return n
}

// settle hands over the vectors of a batch, ends the owners that failed or are complete, and moves the others behind the
// rest: large jobs take turns.
func settle(pending, owners []*job, batch []*sequence, err error) []*job {
	for _, s := range batch {
		if err == nil {
			s.job.made <- s
		}
	}
	rest := slices.DeleteFunc(pending, func(j *job) bool { return slices.Contains(owners, j) })
	for _, j := range owners {
		switch {
		case err != nil && j.ctx.Err() != nil:
			j.end(j.ctx.Err())
		case err != nil:
			j.end(err)
		case len(j.left) == 0:
			j.end(nil)
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
