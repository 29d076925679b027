package machine

import (
	"testing"
)

func TestStatusField(t *testing.T) {
	const status = "Name:\tx\nVmRSS:\t  123 kB\nRssAnon:\nRssFile:\tx kB\n"
	for name, want := range map[string]int64{"VmRSS:": 123 * 1024, "RssAnon:": 0, "RssFile:": 0, "Nothing:": 0} {
		if got := statusField(status, name); got != want {
			t.Errorf("%s %d, want %d", name, got, want)
		}
	}
	if m := ReadMemory(); m.Total < 0 || m.Total > 0 && m.Total < m.Private {
		t.Errorf("%+v", m)
	}
}
