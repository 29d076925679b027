package sqlite_test

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"loradex/search"
	"loradex/search/sqlite"
)

func cpu() float64 {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts)
	return float64(ts.Nano()) / 1e6
}

func TestZZCPU(t *testing.T) {
	dir := "/tmp/s/search/b/idx"
	q := lines("/tmp/s/search/queries.jsonl")
	v := vecs("/tmp/s/search/queries.f32")
	c0 := cpu()
	s := open(t, dir, sqlite.Options{})
	s.Dense(t.Context(), "searchbench", v[0], search.Filter{}, 100, false)
	fmt.Println("open+dense cpu ms", cpu()-c0)
	for name, f := range map[string]search.Filter{"none": {}, "lang": {Languages: []string{"go"}}, "path": {PathGlob: "module1/**"}, "kind": {Kinds: []string{"function"}}} {
		var d, l, c []float64
		for i := 0; i < len(q); i += 4 {
			a := cpu()
			h, err := s.Dense(t.Context(), "searchbench", v[i], f, 100, false)
			b := cpu()
			_, err2 := s.Lexical(t.Context(), q[i], f, 100)
			e := cpu()
			var ids []search.ID
			for _, x := range h[:10] {
				ids = append(ids, x.ID)
			}
			s.Chunks(t.Context(), ids)
			g := cpu()
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			d = append(d, b-a)
			l = append(l, e-b)
			c = append(c, g-e)
		}
		p := func(x []float64) string {
			slices.Sort(x)
			return fmt.Sprintf("p50 %.2f p95 %.2f max %.2f", x[len(x)/2], x[len(x)*95/100], x[len(x)-1])
		}
		fmt.Println(name, "dense", p(d), "lexical", p(l), "chunks", p(c))
	}
	s.Close()
}
