package sqlite

import (
	"os"
	"path/filepath"

	"loradex/internal/fault"
)

// Destroy deletes the database and the vector files of a folder, and leaves what others put there. The caller sees to it
// that nobody has the index open. A folder without an index is left as it is.
func Destroy(dir string) error {
	for _, name := range []string{vectorsName, databaseName + "-shm", databaseName + "-wal", databaseName} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the index in %s cannot be removed", dir)
		}
	}
	return nil
}
