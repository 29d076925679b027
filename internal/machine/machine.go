// Package machine says where figures come from: the processor, its cores and load, and the memory of this process.
//
//	m := machine.Read()
//	fmt.Printf("%s, %d cores, load %s\n", m.CPU, m.Cores, m.Load)
//	fmt.Println(machine.ReadMemory().Peak)
package machine

import (
	"os"
	"runtime"
	"strings"
)

// Facts say what a machine is.
type Facts struct {
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"` // that this process may use
	Platform string `json:"platform"`
	Load     string `json:"load"` // the system's load averages when the measurement began; "" where it has none
}

// Read describes this machine.
func Read() Facts {
	m := Facts{Cores: runtime.NumCPU(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		if words := strings.Fields(string(data)); len(words) >= 3 {
			m.Load = strings.Join(words[:3], " ")
		}
	}
	return m
}
