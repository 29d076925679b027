package machine

import (
	"os"
	"strconv"
	"strings"
)

// Memory is what the process has in memory, in bytes. All is 0 where the system does not say.
type Memory struct {
	Total   int64 `json:"total"`
	Private int64 `json:"private"` // its own: heap, stacks, the runtime's tensors
	Mapped  int64 `json:"mapped"`  // pages of files, which the system may drop and read again
	Peak    int64 `json:"peak"`    // the most of Total so far
}

// ReadMemory reads what Linux says of this process.
func ReadMemory() Memory {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return Memory{}
	}
	return Memory{
		Total: statusField(string(data), "VmRSS:"), Private: statusField(string(data), "RssAnon:"),
		Mapped: statusField(string(data), "RssFile:"), Peak: statusField(string(data), "VmHWM:"),
	}
}

// statusField finds "Name:   123 kB".
func statusField(status, name string) int64 {
	for line := range strings.Lines(status) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok {
			continue
		}
		words := strings.Fields(rest)
		if len(words) == 0 {
			return 0
		}
		n, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			return 0
		}
		return n * 1024
	}
	return 0
}
