// Package store keeps parcels on disk.
package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Record is one entry of the journal.
type Record struct {
	Key   string
	Value []byte
	At    time.Time
}

// AppendRecord writes a record behind the last one, with its length and checksum in front, and syncs the file.
func AppendRecord(f *os.File, payload []byte) error {
	var head [8]byte
	binary.LittleEndian.PutUint32(head[:4], uint32(len(payload)))
	binary.LittleEndian.PutUint32(head[4:], crc32.ChecksumIEEE(payload))
	if _, err := f.Write(append(head[:], payload...)); err != nil {
		return err
	}
	return f.Sync()
}

// ReplayJournal reads all records from the beginning after a crash and stops at the first torn one.
func ReplayJournal(r io.Reader, apply func([]byte) error) error {
	in := bufio.NewReader(r)
	var head [8]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return nil
		}
		payload := make([]byte, binary.LittleEndian.Uint32(head[:4]))
		if _, err := io.ReadFull(in, payload); err != nil || crc32.ChecksumIEEE(payload) != binary.LittleEndian.Uint32(head[4:]) {
			return nil
		}
		if err := apply(payload); err != nil {
			return err
		}
	}
}

// errLocked says that another process has the folder.
var errLocked = errors.New("the depot is open elsewhere")

// LockDepot keeps a second process from opening the same depot by creating a lock file exclusively.
func LockDepot(dir string) (release func() error, err error) {
	path := filepath.Join(dir, "LOCK")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	return func() error { f.Close(); return os.Remove(path) }, nil
}

// CompactSegments merges old segment files into one and drops the keys that were deleted.
func CompactSegments(segments []map[string][]byte) map[string][]byte {
	merged := map[string][]byte{}
	for _, segment := range segments {
		for key, value := range segment {
			if value == nil {
				delete(merged, key)
				continue
			}
			merged[key] = value
		}
	}
	return merged
}

// SnapshotTo copies a file atomically: it writes beside the target and renames.
func SnapshotTo(source io.Reader, target string) error {
	temp, err := os.CreateTemp(filepath.Dir(target), "snap-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if _, err := io.Copy(temp, source); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), target)
}
