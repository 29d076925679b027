// Package significance says how far a difference between two evaluations can be trusted: bootstrap intervals of a mean,
// and the paired randomization test.
//
// Everything here is deterministic. Random draws come from a PCG generator seeded with (seed, number of the resample),
// so that a result depends on the seed alone, neither on the number of processors nor on which other metrics are asked for.
//
//	ci, err := significance.Bootstrap([][]float64{reciprocalRanks}, significance.Options{})
//	p, err := significance.Randomization(adapter, base, significance.Options{})
package significance

import (
	"cmp"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"loradex/internal/fault"
)

// defaultSeed seeds every draw where Options.Seed is 0.
const defaultSeed = 20240229

// Options set how resampling is done. The zero value has the defaults.
type Options struct {
	Resamples  int     // The default is 10,000.
	Confidence float64 // of an interval. The default is 0.95.
	Seed       uint64  // The default is defaultSeed.
}

// Validate reports settings that cannot work.
func (o Options) Validate() error {
	if o.Resamples < 0 || o.Resamples > 10_000_000 {
		return fault.New(fault.Invalid, "%d resamples: want 1 to 10,000,000", o.Resamples)
	}
	if o.Confidence < 0 || o.Confidence >= 1 || math.IsNaN(o.Confidence) {
		return fault.New(fault.Invalid, "confidence %g: want a number between 0 and 1", o.Confidence)
	}
	return nil
}

func (o Options) withDefaults() Options {
	return Options{cmp.Or(o.Resamples, 10_000), cmp.Or(o.Confidence, 0.95), cmp.Or(o.Seed, defaultSeed)}
}

// Bootstrap returns percentile intervals, low and high, of the mean of each column (Efron and Tibshirani, "An Introduction to the
// Bootstrap", 1993, chapter 13). Columns are parallel: one value for each query, for each metric. All columns are
// resampled with the same draws, which costs one set of draws for any number of metrics. For the interval of a paired
// difference give a column of differences.
func Bootstrap(columns [][]float64, o Options) ([][2]float64, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if len(columns) == 0 {
		return nil, nil
	}
	rows, err := transpose(columns)
	if err != nil {
		return nil, err
	}
	means := resampledMeans(rows, len(columns), o)
	intervals := make([][2]float64, len(columns))
	tail := (1 - o.Confidence) / 2
	for c := range columns {
		slices.Sort(means[c])
		intervals[c] = [2]float64{quantile(means[c], tail), quantile(means[c], 1-tail)}
	}
	return intervals, nil
}

// Differences returns a - b, value by value: the column that a paired interval is taken of. Invalid where the lengths
// differ.
func Differences(a, b []float64) ([]float64, error) {
	if len(a) != len(b) {
		return nil, fault.New(fault.Invalid, "paired values differ in number: %d and %d", len(a), len(b))
	}
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d, nil
}

// transpose lays the values out row by row, so that one draw reads neighboring memory.
func transpose(columns [][]float64) ([]float64, error) {
	n, width := len(columns[0]), len(columns)
	if n == 0 || n > math.MaxInt32 {
		return nil, fault.New(fault.Invalid, "a bootstrap needs at least one value, and has %d", n)
	}
	rows := make([]float64, n*width)
	for c, column := range columns {
		if len(column) != n {
			return nil, fault.New(fault.Invalid, "column %d has %d values where the first has %d", c, len(column), n)
		}
		for i, v := range column {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fault.New(fault.Invalid, "value %d of column %d is not finite", i, c)
			}
			rows[i*width+c] = v
		}
	}
	return rows, nil
}

// resampledMeans returns, for each column, the mean of every resample.
func resampledMeans(rows []float64, width int, o Options) [][]float64 {
	n := len(rows) / width
	means := make([][]float64, width)
	for c := range means {
		means[c] = make([]float64, o.Resamples)
	}
	workers := min(runtime.GOMAXPROCS(0), o.Resamples)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			sums := make([]float64, width)
			for r := w; r < o.Resamples; r += workers {
				clear(sums)
				draw := newDraws(o.Seed, r)
				for range n {
					row := rows[draw.below(n)*width:][:width]
					for c, v := range row {
						sums[c] += v
					}
				}
				for c, sum := range sums {
					means[c][r] = sum / float64(n)
				}
			}
		})
	}
	wait.Wait()
	return means
}

// draws yields indexes for one resample, two of each 64-bit number: drawing is what a bootstrap spends its time on.
type draws struct {
	source *rand.PCG
	spare  uint64
	have   bool
}

func newDraws(seed uint64, resample int) *draws {
	return &draws{source: newSource(seed, resample)}
}

// below returns a number in [0, n), n < 2^31, by the multiply-and-shift method (Lemire, 2019) without its rejection
// step: the bias is at most n/2^32, far below the resolution of a percentile.
func (d *draws) below(n int) int {
	if d.have {
		d.have = false
		return int((d.spare * uint64(n)) >> 32) // below n
	}
	bits := d.source.Uint64()
	d.spare, d.have = bits>>32, true
	return int(((bits & math.MaxUint32) * uint64(n)) >> 32) // below n
}

// quantile is the linear interpolation between the two nearest order statistics (type 7 of Hyndman and Fan, 1996,
// numpy's default). values ascend.
func quantile(values []float64, p float64) float64 {
	at := p * float64(len(values)-1)
	i := int(at)
	if i >= len(values)-1 {
		return values[len(values)-1]
	}
	return values[i] + (at-float64(i))*(values[i+1]-values[i])
}
