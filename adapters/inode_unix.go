//go:build unix

package adapters

import (
	"io/fs"
	"syscall"
)

// inode tells a replaced file from the one before it, even with the same size and time.
func inode(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}
