package sqlite_test

import (
	"testing"

	"loradex/search/sqlite"
)

// FuzzDecodeAverages: any record gives numbers or an error.
func FuzzDecodeAverages(f *testing.F) {
	for _, seed := range []string{"", "\x05\x01\x02\x03\x04", "\x81\x00", "\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		rows, tokens, err := sqlite.DecodeAverages(block)
		if err == nil && (rows < 0 || tokens < 0) {
			t.Errorf("%d rows, %d tokens", rows, tokens)
		}
	})
}
