package experiment

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/evaluation/compare"
	"loradex/internal/fault"
)

// clock advances when an encoder works.
type clock struct{ now time.Time }

// worker is an encoder that takes so long for a row; it notes what it was given.
type worker struct {
	clock *clock
	name  string
	per   time.Duration
	log   *[]string
	fail  error
}

func (w worker) Each(_ context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	w.clock.now = w.clock.now.Add(time.Duration(len(rows)) * w.per)
	role := "document"
	if rows[0].Role == embed.Query {
		role = "query"
	}
	*w.log = append(*w.log, w.name+" "+role+" "+rows[0].Mix.String())
	for i := range rows {
		if err := take(i, nil, 10); err != nil {
			return err
		}
	}
	return w.fail
}

// TestTime checks the figures and that the systems take turns, each beginning every other time.
func TestTime(t *testing.T) {
	c, log := &clock{}, []string{}
	subjects := []subject{
		{encoder: worker{clock: c, name: "a", per: 2 * time.Millisecond, log: &log}},
		{encoder: worker{clock: c, name: "b", per: 5 * time.Millisecond, log: &log}, adapter: adapterstest.Mix("x"), docAdapter: adapterstest.Mix("y")},
	}
	var steps []int
	turns := &timer{
		subjects: subjects, rounds: 2, warmUp: 1, now: func() time.Time { return c.now }, progress: func(done, total int) { steps = append(steps, done, total) },
	}
	got, err := turns.run(t.Context(), []string{"q1", "q2", "q3"}, make([]string, 40))
	if err != nil {
		t.Fatal(err)
	}
	want := []compare.Timing{
		{Latency: compare.Latency{N: 3, P50: 2, P95: 2}, TokensPerS: 400 / 0.08},
		{Latency: compare.Latency{N: 3, P50: 5, P95: 5}, TokensPerS: 400 / 0.2},
	}
	for i := range want {
		if got[i].Latency.N != 3 || math.Abs(got[i].Latency.P50-want[i].Latency.P50) > 1e-9 || math.Abs(got[i].Latency.P95-want[i].Latency.P95) > 1e-9 ||
			math.Abs(got[i].TokensPerS-want[i].TokensPerS) > 1e-6 {
			t.Errorf("system %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	wantLog := []string{
		"a query none", "b query x", "b query x", "a query none", "a query none", "b query x", "b query x", "a query none",
		"a document none", "b document y", "b document y", "a document none", "a document none", "b document y",
	}
	if !reflect.DeepEqual(log, wantLog) {
		t.Errorf("turns %q", log)
	}
	if len(steps) != 14 || steps[12] != 7 || steps[13] != 7 {
		t.Errorf("progress %v", steps)
	}
}

func timerOf(rounds int, subjects ...subject) *timer {
	return &timer{subjects: subjects, rounds: rounds, now: time.Now, progress: func(int, int) {}}
}

func TestTimeRefuses(t *testing.T) {
	c, log := &clock{}, []string{}
	good := []subject{{encoder: worker{clock: c, log: &log}}}
	if _, err := timerOf(1, good...).run(t.Context(), nil, []string{"d"}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no queries: %v", err)
	}
	if _, err := timerOf(-1, good...).run(t.Context(), []string{"q"}, []string{"d"}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("rounds: %v", err)
	}
	broken := errors.New("broken")
	if _, err := timerOf(1, subject{encoder: worker{clock: c, log: &log, fail: broken}}).run(t.Context(), []string{"q"}, []string{"d"}); !errors.Is(err, broken) {
		t.Errorf("broken encoder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := timerOf(1, good...).run(ctx, []string{"q"}, []string{"d"}); fault.CodeOf(err) != fault.Canceled {
		t.Errorf("canceled: %v", err)
	}
}
