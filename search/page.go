package search

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"loradex/internal/fault"
)

// This file defines pages of an answer, and how much of a hit's text it has.

// A cursor is two digests, of the question and of the index's state, and one of each hit that was shown. So the next page
// repeats none and leaves none out, although a longer ranking may order the first hits otherwise.
const (
	digestBytes = 8
	shownBytes  = 6
	cursorBytes = 2*digestBytes + MaxK*shownBytes
	// bytesPerToken is what a token of code is counted as: with most vocabularies one is three to four bytes.
	bytesPerToken = 4
	// hitsPerFile is how many hits are looked at for each file that is wanted.
	hitsPerFile = 5
)

type shownHit [shownBytes]byte

// keyOf names a hit, or its file, as long as its index is the same.
func keyOf(h *Hit, file bool) (k shownHit) {
	if file {
		sum := sha256.Sum256([]byte(h.File()))
		copy(k[:], sum[:])
		return k
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d\x00%d", h.Repo, h.Branch, h.Path, h.StartLine, h.EndLine))
	copy(k[:], sum[:])
	return k
}

// readCursor returns the digests of a cursor and the hits that were shown. Any text is safe to read.
func readCursor(text string) (head []byte, shown []shownHit, err error) {
	bad := fault.New(fault.Invalid, "%.40q is not a cursor", text).WithHint("give the cursor of an answer as it is there")
	if base64.RawURLEncoding.DecodedLen(len(text)) > cursorBytes {
		return nil, nil, bad
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(data) < 2*digestBytes || (len(data)-2*digestBytes)%shownBytes != 0 {
		return nil, nil, bad
	}
	head = data[:2*digestBytes]
	for rest := data[2*digestBytes:]; len(rest) > 0; rest = rest[shownBytes:] {
		shown = append(shown, shownHit(rest[:shownBytes]))
	}
	return head, shown, nil
}

// headOf returns the digests of a question and of what it is asked of.
func (q *query) headOf(ctx context.Context, asked Request) ([]byte, error) {
	asked.K, asked.Depth, asked.Explain, asked.Cursor, asked.Lines, asked.Context, asked.Tokens = 0, 0, false, "", nil, 0, 0
	question, err := json.Marshal(asked)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "a question")
	}
	state, err := q.reader.State(ctx)
	if err != nil {
		return nil, err
	}
	chunks, err := count(ctx, q.reader, q.r.Filter.Trees, nil, "")
	if err != nil {
		return nil, err
	}
	index, err := json.Marshal([]any{state.Trees, state.Spaces, chunks, q.answer.Coverage})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the state of an index")
	}
	a, b := sha256.Sum256(question), sha256.Sum256(index)
	return append(a[:digestBytes:digestBytes], b[:digestBytes]...), nil
}

// turn finds out what was shown before. The request then asks for as many hits more.
func (q *query) turn(ctx context.Context, asked Request) error {
	var err error
	if q.head, err = q.headOf(ctx, asked); err != nil {
		return err
	}
	if asked.Files {
		defer func() { q.more(hitsPerFile) }()
	}
	if asked.Cursor == "" {
		return nil
	}
	head, shown, err := readCursor(asked.Cursor)
	if err != nil {
		return err
	}
	if !bytes.Equal(head[:digestBytes], q.head[:digestBytes]) {
		return fault.New(fault.Invalid, "the cursor is of another question").WithHint("ask with the flags that the cursor was made with")
	}
	if !bytes.Equal(head, q.head) {
		return fault.New(fault.Conflict, "the index changed since the cursor was made").WithHint("ask anew, without a cursor")
	}
	q.shown = shown
	q.r.K = min(q.r.K+len(shown), MaxK)
	q.more(1)
	return nil
}

// more makes a request ask for so many times more hits.
func (q *query) more(times int) {
	q.r.K = min(q.r.K*times, MaxK)
	q.r.Depth = max(q.r.Depth, q.r.K)
}

// page leaves out what was shown before, cuts the rest to what is wanted, and says where it goes on.
func (q *query) page(ctx context.Context, hits []Hit, asked *Request) ([]Hit, error) {
	before := make(map[shownHit]bool, len(q.shown))
	for _, k := range q.shown {
		before[k] = true
	}
	kept, more, tokens := []Hit{}, false, 0
	wanted := WantedOf(asked)
	for i := range hits {
		h := &hits[i]
		key := keyOf(h, asked.Files)
		if before[key] {
			continue
		}
		if asked.Files {
			wanted.cut(h, 0)
		} else if asked.Lines != nil {
			wanted.cut(h, *asked.Lines)
		}
		if err := q.addContext(ctx, h); err != nil {
			return nil, err
		}
		cost := costOf(h)
		if asked.Tokens > 0 && tokens+cost > asked.Tokens && len(kept) == 0 {
			wanted.cut(h, 0) // the place alone, so that there is a way on
			h.Context = nil
			cost = costOf(h)
		}
		if len(kept) == asked.K || asked.Tokens > 0 && tokens+cost > asked.Tokens && len(kept) > 0 {
			more = true
			break
		}
		tokens += cost
		kept = append(kept, *h)
		before[key] = asked.Files
	}
	if asked.Tokens > 0 {
		q.answer.Tokens = &tokens
	}
	if more && len(q.shown)+len(kept) < MaxK {
		data := bytes.Clone(q.head)
		for _, k := range q.shown {
			data = append(data, k[:]...)
		}
		for i := range kept {
			k := keyOf(&kept[i], asked.Files)
			data = append(data, k[:]...)
		}
		q.answer.Cursor = base64.RawURLEncoding.EncodeToString(data)
	}
	return kept, nil
}

// TokensOf is how many tokens so many bytes of code are counted as.
func TokensOf(bytes int) int { return (bytes + bytesPerToken - 1) / bytesPerToken }

// costOf is how many tokens a hit is counted as.
func costOf(h *Hit) int {
	n := len(h.Path) + len(h.Text)
	for _, line := range h.Context {
		n += len(line.Text) + 1
	}
	return TokensOf(n)
}
