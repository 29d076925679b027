// Package lock keeps others out.
package lock

import "os"

// Acquire takes the writer's lock of a folder and fails at once where another process holds it.
func Acquire(dir string) (*os.File, error) {
	return os.OpenFile(dir+"/lock", os.O_CREATE|os.O_EXCL, 0o600)
}
