package speed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"loradex/search/sqlite/scan"
)

// This file finds neighbours among vectors, and compares drawn ones with real ones by them.

// oversample is how many candidates are scored exactly for each neighbour that is looked for among the real vectors.
// One in a hundred that is missed changes nothing here.
const oversample = 16

// neighbours returns the k nearest other vectors of each vector, fewer where there are not so many.
func neighbours(ctx context.Context, vectors [][]float32, k int) ([][]uint32, error) {
	words := scan.Words(len(vectors[0]))
	signs := make([]uint64, len(vectors)*words)
	for i, v := range vectors {
		scan.Signs(signs[i*words:], v)
	}
	plan := scan.Plan{Parts: []scan.Part{{Signs: signs}}, Words: words, Dims: len(vectors[0]), Workers: 1}
	out := make([][]uint32, len(vectors))
	err := parallel(ctx, len(vectors), func(i int) error {
		rows, err := plan.Candidates(ctx, vectors[i], nil, oversample*(k+1))
		if err != nil {
			return err
		}
		hits, err := scan.Best(ctx, k+1, len(rows), false, func(at int, top *scan.Top) error {
			top.Push(int64(rows[at]), scan.Dot(vectors[i], vectors[rows[at]]))
			return nil
		})
		if err != nil {
			return err
		}
		for _, h := range hits {
			if int(h.ID) != i && len(out[i]) < k {
				out[i] = append(out[i], uint32(h.ID)) //nolint:gosec // it was one
			}
		}
		return nil
	})
	return out, err
}

// parallel calls fn for every number below n, on all cores.
func parallel(ctx context.Context, n int, fn func(i int) error) error {
	var g errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < n; i += workers {
				if err := errors.Join(ctx.Err(), fn(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// neighbourReport is how near neighbours are to each other, among the real vectors and among as many drawn ones.
type neighbourReport struct {
	Sample int        `json:"sample"` // vectors on each side
	Probes int        `json:"probes"` // of them, whose neighbours were looked for
	Real   Neighbours `json:"real"`
	Drawn  Neighbours `json:"drawn"`
}

// Neighbours are the cosines of probes to their neighbours: shares of a histogram with bins of 0.05 from 0 to 1, and
// the median.
type Neighbours struct {
	First  [bins]float64 `json:"first"` // the nearest one
	Tenth  [bins]float64 `json:"tenth"`
	Median [2]float64    `json:"median"` // of First and Tenth
}

const (
	bins      = 20
	maxProbes = 1000
)

// compare draws as many vectors as the source has, each at random among the first so many chunks, and looks for the
// neighbours of some of them by exact scans: among the real vectors for a real one, among the drawn ones for a drawn
// one. Samples of one size, because neighbours come nearer as a set grows.
func (d *drawer) compare(ctx context.Context, chunks int) (*neighbourReport, error) {
	n := len(d.vectors)
	rng := d.random(0, 'c')
	drawn := make([][]float32, n)
	for i := range drawn {
		drawn[i] = d.vector(n + rng.IntN(max(1, chunks-n)))
	}
	c := &neighbourReport{Sample: n, Probes: min(n, maxProbes)}
	var err error
	if c.Real, err = cosines(ctx, d.vectors, c.Probes, rng); err != nil {
		return nil, err
	}
	c.Drawn, err = cosines(ctx, drawn, c.Probes, rng)
	return c, err
}

// cosines looks for the first and the tenth neighbour of some of the vectors.
func cosines(ctx context.Context, vectors [][]float32, probes int, rng *rand.Rand) (Neighbours, error) {
	first, tenth := make([]float32, probes), make([]float32, probes)
	which := rng.Perm(len(vectors))[:probes]
	err := parallel(ctx, probes, func(p int) error {
		hits, err := scan.Best(ctx, 11, len(vectors), false, func(row int, top *scan.Top) error {
			if row != which[p] {
				top.Push(int64(row), scan.Dot(vectors[which[p]], vectors[row]))
			}
			return nil
		})
		if err != nil {
			return err
		}
		first[p], tenth[p] = hits[0].Score, hits[min(9, len(hits)-1)].Score
		return nil
	})
	return Neighbours{
		First: histogram(first), Tenth: histogram(tenth),
		Median: [2]float64{median(first), median(tenth)},
	}, err
}

func histogram(cosines []float32) [bins]float64 {
	var h [bins]float64
	for _, c := range cosines {
		h[min(bins-1, max(0, int(c*bins)))] += 1 / float64(len(cosines))
	}
	return h
}

func median(values []float32) float64 {
	return float64(slices.Sorted(slices.Values(values))[len(values)/2])
}

// String is the comparison as a table of the bins that are not empty.
func (c *neighbourReport) String() string {
	columns := []struct {
		name   string
		shares [bins]float64
		median float64
	}{
		{"1st real", c.Real.First, c.Real.Median[0]},
		{"1st drawn", c.Drawn.First, c.Drawn.Median[0]},
		{"10th real", c.Real.Tenth, c.Real.Median[1]},
		{"10th drawn", c.Drawn.Tenth, c.Drawn.Median[1]},
	}
	var b strings.Builder
	fmt.Fprintf(&b, "cosines to the first and the tenth neighbour, %d vectors a side, %d probes\n%-14s", c.Sample, c.Probes, "cosine")
	for _, col := range columns {
		fmt.Fprintf(&b, "%12s", col.name)
	}
	b.WriteByte('\n')
	for bin := range bins {
		row, filled := fmt.Sprintf("%.2f to %.2f  ", float64(bin)/bins, float64(bin+1)/bins), false
		for _, col := range columns {
			filled = filled || col.shares[bin] > 0
			row += fmt.Sprintf("%10.1f %%", 100*col.shares[bin])
		}
		if filled {
			b.WriteString(row + "\n")
		}
	}
	fmt.Fprintf(&b, "%-14s", "median")
	for _, col := range columns {
		fmt.Fprintf(&b, "%12.3f", col.median)
	}
	b.WriteByte('\n')
	return b.String()
}
