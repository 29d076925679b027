package gitrepo

import (
	"io/fs"
	"syscall"
)

// changeTime returns when the file's content or attributes last changed, in nanoseconds since the epoch, and its inode.
// The change time is used rather than the modification time, which programs set back (cp -p, tar, touch -r).
func changeTime(info fs.FileInfo) (changed int64, inode uint64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctim.Nano(), st.Ino
	}
	return info.ModTime().UnixNano(), 0
}
