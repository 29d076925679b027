// Package vecfile keeps the vectors of one space in two files that a search maps into memory. They are derived: the
// database holds every vector, and whatever is wrong here is answered by making the files anew.
//
//	NAME-BUILD.rows  4096 bytes of header, then fp32 vectors, one slot each. Only ever appended to.
//	NAME.map         which chunks there are, the slot and the sign bits of each. Replaced as a whole, atomically.
//
// A slot belongs to a text, a row of the map to a chunk: chunks with the same text share a slot. The map names the
// build and the number of slots that it relies on, so its replacement is the commit: bytes behind the last slot, left
// by a process that was killed, mean nothing and are overwritten. Slots of texts that no chunk needs any more stay
// until a new build is worth while.
//
// Header and columns of the map are under CRC-32C and checked when it is opened. Vectors carry one checksum each, in
// the map, which the reader checks when it first uses a vector: opening must not read 150 MB.
//
//	a, err := vecfile.Create(dir, "1", dims)
//	slot, err := a.Append(textID, vector)
//	err = a.Commit(header, rows)
//	set, err := vecfile.Open(dir, "1") // set.Vector(slot)
//
// Numbers are in the machine's byte order. A file from a machine with another one does not open, like any other damage.
package vecfile
