//go:build !unix

package adapters

import "io/fs"

// inode is unknown here; size and time must do.
func inode(fs.FileInfo) uint64 { return 0 }
