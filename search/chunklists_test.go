package search_test

import (
	"reflect"
	"testing"

	"loradex/indexer"
	"loradex/search"
)

// FuzzList: what is no chunk list is an error.
func FuzzList(f *testing.F) {
	packed, err := search.PackChunks([]indexer.Chunk{{StartLine: 1, EndLine: 2, Text: "x"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0})
	f.Fuzz(func(t *testing.T, list []byte) {
		chunks, err := search.UnpackChunks(list)
		if err != nil {
			return
		}
		again, err := search.PackChunks(chunks)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := search.UnpackChunks(again); err != nil || !reflect.DeepEqual(got, chunks) {
			t.Errorf("%v becomes %v, %v", chunks, got, err)
		}
	})
}
