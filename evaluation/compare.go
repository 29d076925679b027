package evaluation

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"loradex/evaluation/metrics"
	"loradex/evaluation/runfile"
	"loradex/evaluation/significance"
	"loradex/internal/fault"
)

// Comparison holds two evaluations of one data set side by side: A before, B after. Its JSON is the document of
// `eval compare --json`.
type Comparison struct {
	A       Report             `json:"a"`
	B       Report             `json:"b"`
	Metrics []MetricComparison `json:"metrics"` // in the order of a report's table
	// Incomparable names metrics that were computed over rankings of different lengths: see [Comparable].
	Incomparable []string               `json:"incomparable,omitempty"`
	Groups       []GroupComparison      `json:"groups,omitempty"` // by metric, then by group: where the queries have groups
	Flips        []Flip                 `json:"flips"`
	Queries      []runfile.QueryOutcome `json:"queries"` // that changed the most by their first answer's reciprocal rank, losses first
}

// MetricComparison is a metric's mean over the queries in both, and what is known of the difference.
type MetricComparison struct {
	Metric     string     `json:"metric"`
	A          float64    `json:"a"`
	B          float64    `json:"b"`
	Difference float64    `json:"difference"` // B - A
	CI95       [2]float64 `json:"ci95"`       // of the difference: paired bootstrap, low and high
	P          float64    `json:"p"`          // two-sided paired randomization test
	Wins       int        `json:"wins"`       // queries that B answers better
	Losses     int        `json:"losses"`
}

// Flip counts queries whose first answer crossed a rank. Lost are negative flips: answered by the old system within K, and
// not by the new one (Yan et al. 2021, arXiv:2011.09161; Echterhoff et al. 2024, "MUSCLE", arXiv:2407.09435).
type Flip struct {
	K      int `json:"k"`
	Lost   int `json:"lost"`
	Gained int `json:"gained"`
}

// Saved is what Save left in a folder.
type Saved struct {
	Report  Report
	Queries []runfile.QueryResult
}

// maxReport bounds a report's file: some dozen numbers, for each of at most dataset.MaxGroups groups.
const maxReport = 16 << 20

// OpenSaved reads what Save wrote. NotFound where the folder holds no report.
func OpenSaved(dir string) (*Saved, error) {
	path := filepath.Join(dir, ReportFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "%s is not the folder of an evaluation", dir).WithHint("make one with `loradex eval run --out %s`", dir)
	}
	if info.Size() > maxReport {
		return nil, fault.New(fault.Invalid, "%s has %d bytes: not a report", path, info.Size())
	}
	text, err := os.ReadFile(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "cannot read %s", path)
	}
	var s Saved
	if err := json.Unmarshal(text, &s.Report); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s is not a report", path)
	}
	path = filepath.Join(dir, PerQueryFile)
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "the values of each query are missing: %s", path)
	}
	defer file.Close()
	s.Queries, err = runfile.ReadPerQuery(file, path)
	return &s, err
}

// Compare pairs the queries of two evaluations. Invalid where they are not of the same queries: a paired test of others
// would mean nothing.
func Compare(a, b *Saved, o significance.Options) (*Comparison, error) {
	if err := sameData(&a.Report, &b.Report); err != nil {
		return nil, err
	}
	before, after, err := paired(a.Queries, b.Queries)
	if err != nil {
		return nil, err
	}
	c := &Comparison{A: a.Report, B: b.Report, Queries: runfile.Outcomes(before, after)}
	for _, name := range metricNames(&a.Report) {
		if _, ok := b.Report.Metrics[name]; !ok {
			continue
		}
		if !Comparable(name, &a.Report, &b.Report) {
			c.Incomparable = append(c.Incomparable, name)
			continue
		}
		m, err := compareMetric(name, before, after, o)
		if err != nil {
			return nil, err
		}
		c.Metrics = append(c.Metrics, m)
		groups, err := compareGroups(name, before, after, o)
		if err != nil {
			return nil, err
		}
		c.Groups = append(c.Groups, groups...)
	}
	was, is := make([]int, len(before)), make([]int, len(after))
	for i := range before {
		was[i], is[i] = before[i].First, after[i].First
	}
	c.Flips = Flips(was, is)
	return c, nil
}

// sameData refuses reports of other queries or other documents.
func sameData(a, b *Report) error {
	if a.Dataset != b.Dataset || a.Split != b.Split || a.Corpus != b.Corpus {
		return fault.New(fault.Invalid, "%s %s with %d documents and %s %s with %d cannot be compared", a.Dataset, a.Split, a.Corpus, b.Dataset, b.Split, b.Corpus)
	}
	if !SamePools(a, b) {
		return fault.New(fault.Invalid, "pools of %d documents, seed %d, and of %d, seed %d, cannot be compared", a.pool(), a.PoolSeed, b.pool(), b.PoolSeed).
			WithHint("run both with the same --pool and --pool-seed")
	}
	if x, y := a.Digests.Data, b.Digests.Data; x != "" && y != "" && x != y {
		return fault.New(fault.Invalid, "the files of %s have changed between the two evaluations: digests %s and %s", a.Dataset, x, y).
			WithHint("run both over the same files")
	}
	return nil
}

// Comparable tells whether a metric means the same in two reports of the same queries: one with a cut-off always does; one
// without looks at all hits that were kept, and their number must be the same. Where vectors are ranked in memory, the rank of
// the first answer is known beyond those.
func Comparable(metric string, a, b *Report) bool {
	m, err := metrics.Parse(metric)
	return err == nil && (m.Cutoff > 0 || a.Depth == b.Depth && a.TieBreak == b.TieBreak)
}

// SamePools tells whether the queries of two reports were ranked among the same documents of one corpus.
func SamePools(a, b *Report) bool { return a.pool() == b.pool() && a.PoolSeed == b.PoolSeed }

// pool is Pool also of a report that was written before there were pools.
func (r *Report) pool() int {
	if r.Pool == 0 {
		return r.Corpus
	}
	return r.Pool
}

func within(first, k int) bool { return first > 0 && first <= k }

// paired brings both lists into the order of the queries' IDs.
func paired(a, b []runfile.QueryResult) (before, after []runfile.QueryResult, err error) {
	byID := func(x, y runfile.QueryResult) int { return cmp.Compare(x.Query, y.Query) }
	before, after = slices.SortedFunc(slices.Values(a), byID), slices.SortedFunc(slices.Values(b), byID)
	if len(before) != len(after) {
		return nil, nil, fault.New(fault.Invalid, "%d queries cannot be compared with %d", len(before), len(after))
	}
	if len(before) == 0 {
		return nil, nil, fault.New(fault.Invalid, "there are no queries to compare")
	}
	for i := range before {
		if before[i].Query != after[i].Query {
			return nil, nil, fault.New(fault.Invalid, "query %q is in one of the two evaluations only", min(before[i].Query, after[i].Query))
		}
	}
	return before, after, nil
}

func compareMetric(name string, before, after []runfile.QueryResult, o significance.Options) (MetricComparison, error) {
	x, y := make([]float64, len(before)), make([]float64, len(after))
	m := MetricComparison{Metric: name}
	for i := range before {
		var ok1, ok2 bool
		x[i], ok1 = before[i].Metrics[name]
		y[i], ok2 = after[i].Metrics[name]
		if !ok1 || !ok2 {
			return m, fault.New(fault.Corrupt, "query %q has no value of %s", before[i].Query, name)
		}
	}
	d, err := significance.Paired(x, y, o)
	if err != nil {
		return m, err
	}
	m.A, m.B, m.Difference, m.CI95, m.P, m.Wins, m.Losses = mean(x), mean(y), d.Mean, d.CI95, d.P, d.Wins, d.Losses
	return m, nil
}
