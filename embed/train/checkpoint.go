package train

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"loradex/adapters"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// A checkpoint is one safetensors file: the leaves, both moments of AdamW, the best leaves so far, and as metadata the
// rest of the state with the digests of what the run belongs to. Nothing random is stored: masks and batches follow from
// the seed and the step.

// identity tells runs apart.
type identity struct {
	Base    string `json:"base"`
	Data    string `json:"data"`
	Options string `json:"options"`
	Vectors string `json:"vectors"` // where those of documents that do not change come from; "" where the base makes them
}

const checkpointFormat = "loradex checkpoint 3"

func (t *Trainer) identity() (identity, error) {
	o := t.opts
	// What does not change the numbers may differ.
	o.MicroBatch, o.CacheBytes, o.Checkpoint, o.CheckpointEvery, o.CheckpointSeconds, o.Resume = 0, 0, "", 0, 0, false
	text, err := json.Marshal(o)
	if err != nil {
		return identity{}, err
	}
	h := sha256.New()
	d := t.job.Data
	if err := json.NewEncoder(h).Encode([]any{d.Docs, d.Queries, d.Judgements, d.Negatives}); err != nil {
		return identity{}, err
	}
	vectors := ""
	if o.Side == adapters.SideQuery && t.job.Vectors != nil {
		vectors = fmt.Sprintf("%s, %d documents", t.job.VectorSpace, len(t.job.Data.Docs))
	}
	return identity{
		Vectors: vectors,
		Base:    t.m.BaseDigest() + "/" + strconv.Itoa(t.enc.MaxTokens()),
		Data:    hex.EncodeToString(h.Sum(nil)),
		Options: string(text),
	}, nil
}

// digest is over all that a checkpoint says: a number that is wrong would go on in every step after it.
func digest(id, st string, tensors []safetensors.Tensor) string {
	h := sha256.New()
	for _, text := range []string{id, st} {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	slices.SortFunc(tensors, func(a, b safetensors.Tensor) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range tensors {
		fmt.Fprintf(h, "%s:%d:", t.Name, len(t.Data))
		h.Write(t.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// makeRoom makes the folder of a checkpoint. A path that cannot be written to is told before the training, and not after
// its first hour.
func makeRoom(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fault.New(fault.Invalid, "checkpoint %s is not a regular file", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fault.Wrap(fault.Unavailable, err, "cannot make the folder of checkpoint %s", path)
	}
	return nil
}

// save writes the checkpoint; what was there stays until the new one is whole.
func (t *Trainer) save(path string) error {
	want, err := t.identity()
	if err != nil {
		return err
	}
	id, err := json.Marshal(want)
	if err != nil {
		return err
	}
	st, err := json.Marshal(t.state)
	if err != nil {
		return err
	}
	var tensors []safetensors.Tensor
	for _, l := range t.list {
		tensors = append(tensors,
			safetensors.FromFloat32("leaf."+l.Name, l.Shape, l.Data),
			safetensors.FromFloat32("first."+l.Name, l.Shape, t.adam.m[l.Name]),
			safetensors.FromFloat32("second."+l.Name, l.Shape, t.adam.v[l.Name]))
		if t.best != nil {
			tensors = append(tensors, safetensors.FromFloat32("best."+l.Name, l.Shape, t.best[l.Name]))
		}
	}
	return safetensors.Write(path, tensors, map[string]string{
		"format": checkpointFormat, "identity": string(id), "state": string(st),
		"digest": digest(string(id), string(st), tensors),
	})
}

// resume reads a checkpoint of the same run.
func (t *Trainer) resume(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "there is no checkpoint %s to go on from", path)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	meta := f.Metadata()
	if meta["format"] != checkpointFormat {
		return fault.New(fault.Corrupt, "%s is no checkpoint of this version", path)
	}
	var tensors []safetensors.Tensor
	for _, name := range f.Names() {
		x, _ := f.Tensor(name)
		tensors = append(tensors, x)
	}
	if meta["digest"] != digest(meta["identity"], meta["state"], tensors) {
		return fault.New(fault.Corrupt, "%s is damaged: it does not have the digest that it was written with", path)
	}
	var id identity
	if err := json.Unmarshal([]byte(meta["identity"]), &id); err != nil {
		return fault.Wrap(fault.Corrupt, err, "%s: identity", path)
	}
	want, err := t.identity()
	if err != nil {
		return err
	}
	const base = "made by the base"
	for _, c := range []struct{ what, have, want string }{
		{"base model or maximum tokens", id.Base, want.Base},
		{"training data", id.Data, want.Data},
		{"options", id.Options, want.Options},
		{"stored vectors (its: " + cmp.Or(id.Vectors, base) + "; now: " + cmp.Or(want.Vectors, base) + ")", id.Vectors, want.Vectors},
	} {
		if c.have != c.want {
			return fault.New(fault.Conflict, "checkpoint %s belongs to a run with other %s", path, c.what).
				WithHint("give what that run had, or start anew without --resume")
		}
	}
	if err := json.Unmarshal([]byte(meta["state"]), &t.state); err != nil {
		return fault.Wrap(fault.Corrupt, err, "%s: state", path)
	}
	s := t.state
	if s.Step < 1 || s.Step > t.plan.steps() || len(s.Losses) != s.Step || s.Best < 0 || s.Best >= max(1, len(s.Scores)) {
		return fault.New(fault.Corrupt, "%s: the state contradicts itself", path)
	}
	if (s.Scaler != nil) != t.opts.half() || s.Scaler != nil && !s.Scaler.valid(s.Step) {
		return fault.New(fault.Corrupt, "%s: the state of the loss scale contradicts itself", path)
	}
	t.adam.steps = s.Step
	if s.Scaler != nil {
		t.adam.steps -= s.Scaler.Skipped
	}
	if t.state.Best > 0 {
		t.best = t.values()
	}
	for _, l := range t.list {
		parts := map[string][]float32{"leaf.": l.Data, "first.": t.adam.m[l.Name], "second.": t.adam.v[l.Name]}
		if t.best != nil {
			parts["best."] = t.best[l.Name]
		}
		for prefix, dst := range parts {
			src, _, err := f.Float32(prefix + l.Name)
			if err != nil {
				return fault.Wrap(fault.Corrupt, err, "%s", path)
			}
			if len(src) != len(dst) {
				return fault.New(fault.Corrupt, "%s: tensor %s%s has %d numbers, want %d", path, prefix, l.Name, len(src), len(dst))
			}
			copy(dst, src)
		}
	}
	return nil
}
