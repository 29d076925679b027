//go:build !linux && !darwin

package gitrepo

import "io/fs"

// changeTime is described in changetime_linux.go. Here the modification time is all there is.
func changeTime(info fs.FileInfo) (changed int64, inode uint64) {
	return info.ModTime().UnixNano(), 0
}
