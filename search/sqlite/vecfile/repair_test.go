package vecfile

import (
	"encoding/binary"
	"hash/crc32"
)

func sumOf(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// repair writes the checksums that a map's bytes should have.
func repair(b []byte) {
	e := binary.NativeEndian
	e.PutUint32(b[20:], sumOf(b[headerSize:]))
	e.PutUint32(b[headerSize-4:], sumOf(b[:headerSize-4]))
}
