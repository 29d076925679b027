// Package vecfile keeps the vectors of one space in files that a search maps into memory. They are derived: the
// database holds every vector, and whatever is wrong here is answered by making the files anew.
//
//	NAME-BUILD.rows  4096 bytes of header, then fp32 vectors, one slot each. Only ever appended to.
//	NAME.map         which chunks there are, the slot and the sign bits of each. Replaced as a whole, atomically.
//	NAME.delta       what changed since the map: rows that came, and a bitmap of those that went. Replaced likewise.
//
// A slot belongs to a text, a row to a chunk: chunks with the same text share a slot. Map and delta name the build and
// the number of slots that they rely on, so their replacement is the commit: bytes behind the last slot, left by a
// process that was killed, mean nothing and are overwritten. A small change writes its vectors and the delta, not the
// map; a map of a million chunks has 84 MB. Slots of texts that no chunk needs any more stay until a new build is worth
// while.
//
// Header and columns of map and delta are under CRC-32C and checked when they are opened. Vectors carry one checksum
// each, beside their slot, which the reader checks when it first uses a vector: opening must not read 1.5 GB.
//
//	a, err := vecfile.Create(dir, "1", dims)
//	slot, err := a.Append(textID, vector)
//	err = a.Commit(header, rows)
//	set, err := vecfile.Open(dir, "1") // set.Vector(slot)
//
// Numbers are in the machine's byte order. A file from a machine with another one does not open, like any other damage.
package vecfile
