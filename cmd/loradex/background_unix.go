//go:build unix

package main

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// politeness is the nice value of the process that makes vectors in the background: beside a query it gets a tenth of
// the time, and all of it when nobody asks.
const politeness = 10

// detached starts a process that outlives the terminal.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// stepBack lowers the priority of this process. On Linux each thread has its own, and a new one inherits that of its
// creator: so all that are there are lowered, and those that the runtime of the encoder starts later follow.
func stepBack() error {
	threads, err := os.ReadDir("/proc/self/task")
	if errors.Is(err, os.ErrNotExist) {
		return unix.Setpriority(unix.PRIO_PROCESS, 0, politeness)
	}
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, id, politeness); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}
