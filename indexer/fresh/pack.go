package fresh

// This file defines the small form of a table, for work trees that are like others: what differs from a base, which they have in
// common, and stat data, of which neighbours differ little. It is read as a whole.

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"loradex/indexer"
)

// The form: the magic, when the run began, the state, the digest of the base (zeros for none), then compressed: places in the base
// that are left out, files that come, and the columns of stat data of all; a checksum. A base is the same without stat data.
const (
	packMagic = "lxfresh2"
	packHead  = len(packMagic) + 8 + 8 + digestSize
	blobSize  = 20

	flagIndexed, flagBlob = 1, 2
)

const (
	digestSize = 8
	maxSmall   = 1 << 28 // bytes that are unpacked
)

// digest names a base by its content.
type digest [digestSize]byte

// packed is what the small form says.
type packed struct {
	began, state int64
	base         digest
	files        []File // in the order of tables
}

// like tells whether a base has a file as it is. Which size it had tells its content.
func like(a, b *File) bool {
	return a.Path == b.Path && a.Blob == b.Blob && a.Indexed == b.Indexed && (a.Stat == (indexer.Stat{}) || a.Stat.Size == b.Stat.Size)
}

// difference returns the places of a base that files do not have, and the places of files that it does not have. Both are
// in the order of tables.
func difference(base, files []File) (gone, come []int) {
	i, j := 0, 0
	for i < len(base) || j < len(files) {
		var order int
		switch {
		case i == len(base):
			order = 1
		case j == len(files):
			order = -1
		default:
			order = compareFiles(base[i], files[j])
		}
		if order < 0 || order == 0 && !like(&files[j], &base[i]) {
			gone = append(gone, i)
		}
		if order > 0 || order == 0 && !like(&files[j], &base[i]) {
			come = append(come, j)
		}
		if order <= 0 {
			i++
		}
		if order >= 0 {
			j++
		}
	}
	return gone, come
}

// encode returns the small form, over what base holds. Without stamps it is that of a base.
func (p *packed) encode(base []File, stamps bool) ([]byte, error) {
	gone, come := difference(base, p.files)
	b := binary.AppendUvarint(nil, uint64(len(gone)))
	next := 0
	for _, at := range gone {
		b = binary.AppendUvarint(b, uint64(at-next)) //nolint:gosec // ascending
		next = at + 1
	}
	b = binary.AppendUvarint(b, uint64(len(come)))
	last := ""
	for _, at := range come {
		f := &p.files[at]
		shared := 0
		for shared < min(len(last), len(f.Path)) && last[shared] == f.Path[shared] {
			shared++
		}
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(shared)), uint64(len(f.Path)-shared)) //nolint:gosec // lengths
		b = append(b, f.Path[shared:]...)
		last = f.Path
		flags := byte(0)
		if f.Indexed {
			flags = flagIndexed
		}
		if raw, err := hex.DecodeString(f.Blob); err == nil && len(raw) == blobSize {
			b = append(append(b, flags|flagBlob), raw...)
		} else {
			b = append(b, flags)
		}
		b = binary.AppendVarint(b, f.Stat.Size)
	}
	if stamps {
		b = appendStamps(b, p.files)
	}
	out := append(make([]byte, 0, packHead+len(b)/2), packMagic...)
	out = binary.LittleEndian.AppendUint64(out, uint64(p.began)) //nolint:gosec // bits
	out = binary.LittleEndian.AppendUint64(out, uint64(p.state)) //nolint:gosec // bits
	out = append(out, p.base[:]...)
	to := bytes.NewBuffer(out)
	w, err := flate.NewWriter(to, flate.BestCompression)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	return sealed(to.Bytes()), err
}

// appendStamps appends the modes, inodes and times of files: modes in runs, the others as steps from file to file.
func appendStamps(b []byte, files []File) []byte {
	for i := 0; i < len(files); {
		n := 1
		for i+n < len(files) && files[i+n].Stat.Mode == files[i].Stat.Mode {
			n++
		}
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(n)), uint64(files[i].Stat.Mode)) //nolint:gosec // a count
		i += n
	}
	inode, changed := uint64(0), int64(0)
	for i := range files {
		b = binary.AppendVarint(b, int64(files[i].Stat.Inode-inode)) //nolint:gosec // bits
		inode = files[i].Stat.Inode
	}
	for i := range files {
		b = binary.AppendVarint(b, files[i].Stat.ModTime-changed)
		changed = files[i].Stat.ModTime
	}
	return b
}

// baseOf returns the base that a small form needs; false for what is no small form.
func baseOf(data []byte) (base digest, ok bool) {
	if len(data) < packHead || !bytes.HasPrefix(data, []byte(packMagic)) {
		return base, false
	}
	return digest(data[packHead-digestSize : packHead]), true
}

// decode reads a small form. files returns those of a base.
func decode(data []byte, files func(base digest) ([]File, error)) (*packed, error) {
	base, ok := baseOf(data)
	if !ok || len(data) < packHead+4 || binary.LittleEndian.Uint32(data[len(data)-4:]) != crc32.ChecksumIEEE(data[:len(data)-4]) {
		return nil, errDamaged
	}
	p := &packed{base: base}
	p.began = int64(binary.LittleEndian.Uint64(data[len(packMagic):]))   //nolint:gosec // bits
	p.state = int64(binary.LittleEndian.Uint64(data[len(packMagic)+8:])) //nolint:gosec // bits
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data[packHead:len(data)-4])), maxSmall))
	if err != nil {
		return nil, errDamaged
	}
	var old []File
	if base != (digest{}) {
		if old, err = files(base); err != nil {
			return nil, err
		}
	}
	r := packReader{rest: raw}
	p.files = r.merge(old, r.gone(len(old)))
	if len(r.rest) > 0 {
		r.stamps(p.files)
	}
	if r.bad || len(r.rest) > 0 {
		return nil, errDamaged
	}
	return p, nil
}

// packReader reads the parts of a small form. bad is true where one is none; what is read then means nothing.
type packReader struct {
	rest []byte
	bad  bool
}

func (r *packReader) uvarint(limit int) int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(limit) { //nolint:gosec // not negative
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int(n) //nolint:gosec // bounded by limit
}

func (r *packReader) varint() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *packReader) take(n int) []byte {
	if n > len(r.rest) {
		r.bad, r.rest = true, nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// gone reads which of n files of the base are left out.
func (r *packReader) gone(n int) []bool {
	out := make([]bool, n)
	next := 0
	for range r.uvarint(n) {
		next += r.uvarint(n)
		if next >= n {
			r.bad = true
			return out
		}
		out[next] = true
		next++
	}
	return out
}

// merge reads the files that come, and puts them between those that stay.
func (r *packReader) merge(base []File, gone []bool) []File {
	n := r.uvarint(len(r.rest))
	out := make([]File, 0, len(base)+n)
	for i := range base {
		if !gone[i] {
			out = append(out, base[i])
		}
	}
	last := ""
	for range n {
		shared := r.uvarint(len(last))
		path := last[:shared] + string(r.take(r.uvarint(len(r.rest))))
		flags := r.take(1)
		if r.bad || path == "" || strings.ContainsRune(path, 0) {
			r.bad = true
			return nil
		}
		f := File{Path: path, Indexed: flags[0]&flagIndexed != 0}
		if flags[0]&flagBlob != 0 {
			f.Blob = hex.EncodeToString(r.take(blobSize))
		}
		f.Stat.Size = r.varint()
		out = append(out, f)
		last = path
	}
	slices.SortFunc(out, compareFiles)
	for i := 1; i < len(out); i++ {
		r.bad = r.bad || out[i].Path == out[i-1].Path
	}
	return out
}

// stamps reads the columns of stat data. A file without any has no size either.
func (r *packReader) stamps(files []File) {
	for i := 0; i < len(files) && !r.bad; {
		n, mode := r.uvarint(len(files)-i), r.uvarint(1<<32-1)
		r.bad = r.bad || n == 0
		for range n {
			files[i].Stat.Mode = uint32(mode) //nolint:gosec // bounded
			i++
		}
	}
	inode, changed := uint64(0), int64(0)
	for i := range files {
		inode += uint64(r.varint()) //nolint:gosec // bits
		files[i].Stat.Inode = inode
	}
	for i := range files {
		changed += r.varint()
		files[i].Stat.ModTime = changed
		if changed == 0 && files[i].Stat.Inode == 0 && files[i].Stat.Mode == 0 {
			files[i].Stat = indexer.Stat{}
		}
	}
}
