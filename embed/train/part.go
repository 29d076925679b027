package train

import (
	"errors"

	"loradex/embed/runtime"
)

// part is some texts of a batch that are computed at once.
type part struct {
	texts  []sequence
	tokens int
	halves *halves
	feeds  map[string]runtime.Tensor
	kept   []runtime.Tensor // what the gradients need of the forward half
}

// halves are the programs of a part.
type halves struct{ forward, back *program }

func (h *halves) close() error { return errors.Join(h.forward.close(), h.back.close()) }

// How many tokens, padding included, are computed at once: what a core's caches hold. All weights' gradients are as
// large as the model and are summed over the parts, so that parts are fewer there. Other devices are not full with so few.
const (
	encodeTokens = 1024
	fullTokens   = 4096
	deviceTokens = 8192
)

// partTokens is how many tokens are computed at once; onCPU is the number for a CPU.
func (e *engine) partTokens(onCPU int) int {
	if e.env.Device() == runtime.CPU {
		return onCPU
	}
	return deviceTokens
}

// parts cuts a batch, both sides together, into parts of texts that are about equally long: attention computes on little
// padding, and what one operation leaves is still in the caches when the next one wants it.
func (e *engine) parts(b batch) []*part {
	limit := e.partTokens(encodeTokens)
	if e.opts.Full {
		limit = e.partTokens(fullTokens)
	}
	var out []*part
	for _, texts := range groups(append(append([]sequence(nil), b.queries...), b.documents...), limit, e.opts.MicroBatch) {
		out = append(out, &part{texts: texts})
	}
	return out
}

// groups sorts texts, the longest first, and cuts them into groups of so many tokens, padding included, and so many texts
// at most.
func groups(seqs []sequence, tokens, most int) [][]sequence {
	var out [][]sequence
	for rest := byLength(seqs); len(rest) > 0; {
		n := min(len(rest), most, max(1, tokens/max(1, len(rest[0].ids))))
		out, rest = append(out, rest[:n]), rest[n:]
	}
	return out
}

// slab is memory for what part i keeps.
func (e *engine) slab(i int) *slab {
	for len(e.slabs) <= i {
		e.slabs = append(e.slabs, &slab{})
	}
	return e.slabs[i]
}
