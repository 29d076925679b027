package endpoint

import (
	"errors"
	"testing"

	"loradex/internal/fault"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[3,4]}]}`, `{"data":null}`, `{"data":[{"index":1e3}]}`, `[]`, `{`, `{"data":[{"index":0,"embedding":[null]}]}`} {
		f.Add([]byte(seed), 2)
	}
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		n = min(max(n, 1), 64) // what a caller asks for is its own
		vectors, err := decode(body, n)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) {
				t.Errorf("an error without a code: %v", err)
			}
			return
		}
		if len(vectors) != n {
			t.Fatalf("%d vectors for %d texts", len(vectors), n)
		}
		for _, v := range vectors {
			if len(v) == 0 || len(v) != len(vectors[0]) {
				t.Errorf("%d dimensions beside %d", len(v), len(vectors[0]))
			}
		}
	})
}
