package gitrepo

import (
	"io/fs"
	"syscall"
)

// changeTime is described in changetime_linux.go.
func changeTime(info fs.FileInfo) (changed int64, inode uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctimespec.Nano(), st.Ino
	}
	return info.ModTime().UnixNano(), 0
}
