package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"loradex/adapters"
	"loradex/internal/fault"
)

// WithChunker returns the space of an index whose texts are made by that version of chunker and template.
func (s Space) WithChunker(version string) Space {
	s.Chunker = version
	return s.withID()
}

// WithoutChunker returns the encoder's part of the space: what a query adapter is trained against.
func (s Space) WithoutChunker() Space { return s.WithChunker("") }

// withID computes the ID over everything that changes vectors. Names are for people and do not count.
func (s Space) withID() Space {
	c := s
	c.ID, c.Model, c.Mix = "", "", adapters.Mix{}
	data, _ := json.Marshal(c) //nolint:errchkjson // strings, numbers and booleans only
	// No name is the empty text here: the IDs of all indexes were made so.
	data = bytes.Replace(data, []byte(`"mix":"none"`), []byte(`"mix":""`), 1)
	sum := sha256.Sum256(data)
	s.ID = hex.EncodeToString(sum[:8])
	return s
}

// Space returns the encoder's part of the space that documents encoded with the mix belong to.
func (e *Encoder) Space(ctx context.Context, mix adapters.Mix) (Space, error) {
	e.life.RLock() // the digest of the base reads the mapped weights
	defer e.life.RUnlock()
	if e.closed {
		return Space{}, closedError()
	}
	return e.space(ctx, mix)
}

// space is Space for those who hold life.
func (e *Encoder) space(ctx context.Context, mix adapters.Mix) (Space, error) {
	digest, err := e.mixDigest(ctx, mix)
	if err != nil {
		return Space{}, err
	}
	return e.spaceOf(e.model.BaseDigest(), e.model.Precision(), mix, digest), nil
}

// spaceOf is the space of a base.
func (e *Encoder) spaceOf(base, precision string, mix adapters.Mix, digest string) Space {
	return Space{
		Model: e.model.Name, Base: base, Tokenizer: e.model.TokenizerDigest,
		Prompt: e.model.Prompts.Document(), Pooling: e.model.Pooling.Mode, Normalize: true,
		MaxTokens: e.maxTokens, Windows: e.opts.windows(), Precision: precision,
		Dimensions: e.model.Config.HiddenSize, Mix: mix, MixDigest: digest,
	}.withID()
}

// ownSpace is the ID of the space that a query adapter searches which was trained against the space with the given ID: the base's
// own, where that is the one of its twin in floats.
func (e *Encoder) ownSpace(id string) string {
	if q := e.model.Quantized; q != nil && id == e.spaceOf(q.Twin.Digest, "fp32", adapters.Mix{}, "").ID {
		return e.spaceOf(e.model.BaseDigest(), e.model.Precision(), adapters.Mix{}, "").ID
	}
	return id
}

// mixDigest is the content of a mix's adapters: "" for the base. Names do not count, so that a renamed adapter finds
// its vectors again.
func (e *Encoder) mixDigest(ctx context.Context, mix adapters.Mix) (string, error) {
	if mix.IsBase() {
		return "", nil
	}
	if err := e.canResolve(mix); err != nil {
		return "", err
	}
	return e.opts.Adapters.MixDigest(ctx, mix)
}

// QuerySpace returns the ID of the encoder's part of the space that queries encoded with the mix may search: what the
// cards of its adapters name, as the card of every query adapter must. ok is false where an adapter of the mix is not for the
// query side alone, and for the base. Conflict where the adapters were made for different spaces.
func (e *Encoder) QuerySpace(ctx context.Context, mix adapters.Mix) (id string, ok bool, err error) {
	if mix.IsBase() {
		return "", false, nil
	}
	e.life.RLock() // the check of an adapter reads the mapped biases of the base
	defer e.life.RUnlock()
	if e.closed {
		return "", false, closedError()
	}
	list, err := e.resolve(ctx, mix)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, adapters.CloseAll(list)) }()
	for _, w := range list {
		c := w.Adapter.Card
		if c.Side != adapters.SideQuery {
			return "", false, nil
		}
		if id != "" && id != c.Space {
			return "", false, fault.New(fault.Conflict, "the query adapters of %q were made for different spaces", mix.String())
		}
		id = c.Space
	}
	return e.ownSpace(id), true, nil
}
