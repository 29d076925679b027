package lsp

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"loradex/internal/fault"
)

// TestEncodingWaitsForQuiet: vectors are made once the editor comes to rest, and no later than the bound while it does not.
func TestEncodingWaitsForQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeIndex{}
		s := New(Options{Quiet: 100 * time.Millisecond, Longest: time.Second}, b)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.encodeChanges(t.Context())
		}()
		count := func() int {
			synctest.Wait()
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.encoded
		}
		if err := s.docs.put("file:///repo/a.go", "x"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if n := count(); n != 0 {
			t.Errorf("encoded %d times before the index was opened", n)
		}
		s.docs.attach(b)
		time.Sleep(150 * time.Millisecond)
		if n := count(); n != 1 {
			t.Errorf("encoded %d times after the index was opened", n)
		}
		for i := range 19 { // a key every 50 ms for 0.95 s
			if err := s.docs.put("file:///repo/a.go", fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if n := count(); n != 1 {
			t.Errorf("encoded %d times while somebody types", n)
		}
		if err := s.docs.put("file:///repo/a.go", "last"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * time.Millisecond)
		if n := count(); n != 2 {
			t.Errorf("encoded %d times a second after the first key", n)
		}
	})
}

// TestWarnings: what there is no room for is said once for each file, not with each key.
func TestWarnings(t *testing.T) {
	b := &fakeIndex{}
	s := New(Options{MaxDocuments: 2, MaxDocumentBytes: 10, MaxOpenBytes: 15}, b)
	s.docs.attach(b)
	same := func(text string) (string, error) { return text, nil }
	for i, c := range []struct {
		err  error
		want bool
	}{
		{s.docs.put("file:///repo/full.go", "x"), true},
		{s.docs.change("file:///repo/full.go", same), false},
		{s.docs.put("file:///repo/b.go", "0123456789"), false},
		{s.docs.put("file:///repo/c.go", "0"), true},
		{s.docs.change("file:///repo/c.go", same), false},
		{s.docs.put("file:///repo/full.go", "0123456789"), true}, // both together
		{s.docs.change("file:///repo/full.go", same), false},
	} {
		if (c.err != nil) != c.want || c.err != nil && fault.CodeOf(c.err) != fault.Unavailable {
			t.Errorf("step %d: %v", i, c.err)
		}
	}
	s.docs.close("file:///repo/full.go")
	if err := s.docs.change("file:///repo/full.go", same); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a change of a closed file: %v", err)
	}
	if s.docs.bytes != 10 {
		t.Errorf("%d bytes are counted, want 10", s.docs.bytes)
	}
}
