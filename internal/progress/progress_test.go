package progress

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// The first line comes within a second, the others every ten, with what is left; nothing comes after the end, and nothing of
// what is over at once.
func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &Lines{Out: &out}
		p.Set("scan", 3, 0, "")
		time.Sleep(500 * time.Millisecond)
		p.Set("encode", 0, 1200, "")
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if got := out.String(); got != "encode: 0 of 1200 (0 %)\n" {
			t.Errorf("after a second: %q", got)
		}
		for range 30 {
			time.Sleep(time.Second)
			p.Set("encode", p.done+10, 1200, "")
		}
		p.Done()
		want := "encode: 0 of 1200 (0 %)\nencode: 90 of 1200 (7 %), about 2 min left\n" +
			"encode: 190 of 1200 (15 %), about 2 min left\nencode: 290 of 1200 (24 %), about 2 min left\n"
		time.Sleep(time.Minute)
		if got := out.String(); got != want {
			t.Errorf("in half a minute: %q", got)
		}
		out.Reset()
		p.Set("prepare", 0, 0, "")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := out.String(); got != "prepare …\n" {
			t.Errorf("before anything is known: %q", got)
		}
		out.Reset()
		p.Set("scan", 1, 2, "")
		p.Done()
		p.Done()
		time.Sleep(time.Minute)
		if out.Len() > 0 {
			t.Errorf("what is over at once says %q", out.String())
		}
	})
	for d, want := range map[time.Duration]string{0: "1 s", 61 * time.Second: "61 s", 200 * time.Second: "3 min", 3 * time.Hour: "3.0 h"} {
		if got := leftText(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}
