package indexer_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"loradex/embed"
	"loradex/indexer"
	"loradex/indexer/indexertest"
	"loradex/internal/fault"
)

// slowEncoder takes a tenth of a second for a text, and ends when its context does.
type slowEncoder struct{ made map[string]int }

func (e *slowEncoder) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	for i, row := range rows {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		e.made[row.Text]++
		if err := take(i, indexertest.UnitVector(row.Text, indexertest.Dimensions), 1); err != nil {
			return err
		}
	}
	return nil
}

// killable is a store of a process that is killed: nothing is stored any more.
type killable struct {
	*memory
	killed bool
	puts   []time.Time
}

func (k *killable) PutVectors(ctx context.Context, space string, vectors []indexer.TextVector) error {
	if k.killed {
		return fault.New(fault.Unavailable, "killed")
	}
	k.puts = append(k.puts, time.Now())
	return k.memory.PutVectors(ctx, space, vectors)
}

// A run that is stopped every ten seconds comes to its end. Stopped by a signal, it encodes nothing twice; killed, what the last
// two seconds held.
func TestStoppedRunsComeToTheirEnd(t *testing.T) {
	const texts = 700
	files := map[string]string{}
	for i := range texts {
		files[fmt.Sprintf("f%d.txt", i)] = fmt.Sprintf("text number %d\n", i)
	}
	for name, kill := range map[string]bool{"signal": false, "kill": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, enc := &killable{memory: newMemory()}, &slowEncoder{made: map[string]int{}}
				runs, done := 0, false
				for ; !done && runs < 20; runs++ {
					ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
					var told []indexer.Progress
					opts := options("none")
					opts.Split = whole
					opts.Progress = func(p indexer.Progress) { told = append(told, p) }
					store.killed = false
					killed := time.AfterFunc(9990*time.Millisecond, func() { store.killed = kill })
					report, err := indexer.Index(ctx, &indexertest.Source{Files: files}, store, enc, opts)
					stop()
					killed.Stop()
					if done = err == nil; done && report.Coverage != 1 {
						t.Errorf("done at %v", report.Coverage)
					}
					if last := told[len(told)-1]; last.Phase != "encode" || last.Total == 0 {
						t.Errorf("told %+v", last)
					}
				}
				twice, most := 0, 0
				for _, n := range enc.made {
					twice += n - 1
				}
				if kill {
					most = 21 * runs // what ten texts a second make in two seconds, and the one at hand
				}
				if !done || len(enc.made) != texts || twice > most || kill && twice == 0 {
					t.Errorf("%d runs, done %v, %d texts, %d encoded again", runs, done, len(enc.made), twice)
				}
				for i := 1; i < len(store.puts); i++ {
					if gap := store.puts[i].Sub(store.puts[i-1]); gap > 4200*time.Millisecond {
						t.Errorf("%v without storing", gap)
					}
				}
			})
		})
	}
}
