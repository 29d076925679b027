package adapters

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// digest hashes what the adapter does, and nothing else: method, and for each site its shape, scale and numbers.
// So two files that spell one adapter differently (an alpha in lora_alpha or in alpha_pattern; F16 or the equal
// F32) share a digest, and equal digests mean equal vectors. The numbers are read anyway, so this is
// also where NaN and infinities are found.
//
// Every index names its adapters by their digests, so they stay what their first version made them: the four counts and the
// scale that a low-rank update has, and what an update has beside those only where it has it ([delta.Update.Form]).
func (a *Adapter) digest() (string, error) {
	h := sha256.New()
	h.Write([]byte("loradex adapter v1\x00" + a.Method + "\x00"))
	w := floatHash{hash: h, buf: make([]byte, 0, 1<<16)}
	for _, path := range sortedKeys(a.Updates) {
		u := a.Updates[path]
		var first delta.Branch
		if len(u.Branches) > 0 {
			first = u.Branches[0]
		}
		h.Write([]byte(path + "\x00"))
		var head [20]byte
		for i, n := range []int{u.In, u.Out, first.Rank, len(u.Shift)} {
			binary.LittleEndian.PutUint32(head[4*i:], uint32(n))
		}
		binary.LittleEndian.PutUint32(head[16:], math.Float32bits(first.Scale))
		h.Write(head[:])
		h.Write([]byte(u.Form()))
		for _, t := range u.Tensors() {
			if !w.add(t.Values) {
				return "", notFinite(path, t.Name)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// floatHash feeds floats to a hash in little-endian order, whatever this machine's.
type floatHash struct {
	hash hash.Hash
	buf  []byte
}

// add returns false where a value is NaN or infinite.
func (w *floatHash) add(values []float32) bool {
	ok := true
	for len(values) > 0 {
		n := min(len(values), cap(w.buf)/4)
		w.buf = w.buf[:4*n]
		for i, v := range values[:n] {
			bits := math.Float32bits(v)
			ok = ok && bits&0x7f800000 != 0x7f800000
			binary.LittleEndian.PutUint32(w.buf[4*i:], bits)
		}
		w.hash.Write(w.buf)
		values = values[n:]
	}
	return ok
}

func finite(values []float32) bool {
	for _, v := range values {
		if math.Float32bits(v)&0x7f800000 == 0x7f800000 {
			return false
		}
	}
	return true
}

func notFinite(path, part string) error {
	return fault.New(fault.Corrupt, "layer %s: %s holds NaN or an infinite number", path, part).
		WithHint("the adapter's training has diverged, or its file is damaged")
}
