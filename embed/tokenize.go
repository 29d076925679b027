package embed

import (
	"context"
	"math"
	"slices"

	"loradex/embed/model"
	"loradex/embed/runtime"
	"loradex/internal/fault"
	"loradex/internal/parallel"
)

// sequence is what one row of a run computes: a text, or a window of one.
type sequence struct {
	ids    []int32
	row    int // of the request
	job    *job
	mix    *mix
	vector []float32 // the result
}

// openTokenizer loads the tokenizer and finds out how many special tokens stand before and after a text.
func (e *Encoder) openTokenizer() error {
	limit := e.maxTokens
	if e.opts.Window > 0 {
		limit = 0
	}
	data, err := e.model.TokenizerFor(limit)
	if err != nil {
		return err
	}
	if e.tokenizer, err = runtime.NewTokenizer(data); err != nil {
		return err
	}
	empty, err := e.tokenizer.IDs(nil, "")
	if err != nil {
		return err
	}
	full, err := e.tokenizer.IDs(nil, "a")
	if err != nil {
		return err
	}
	for e.prefix < len(empty) && empty[e.prefix] == full[e.prefix] {
		e.prefix++
	}
	e.suffix, e.special = len(empty)-e.prefix, empty
	if e.opts.Window > 0 && e.opts.Window <= len(empty) {
		return fault.New(fault.Invalid, "windows of %d tokens leave no room beside %d special tokens", e.opts.Window, len(empty))
	}
	return nil
}

// fewTexts is how many are tokenized before another core helps.
const fewTexts = 8

// tokenize makes the sequences of each row, on all cores where there are many.
func (e *Encoder) tokenize(ctx context.Context, rows []Row, mixes []*mix) ([][]*sequence, error) {
	perRow := make([][]*sequence, len(rows))
	return perRow, parallel.Each(ctx, len(rows), fewTexts, func(i int) error {
		ids, err := e.read(rows[i])
		if err != nil {
			return err
		}
		for _, w := range e.cut(ids) {
			perRow[i] = append(perRow[i], &sequence{ids: w, row: i, mix: mixes[i]})
		}
		return nil
	})
}

// read gives the tokens of a row: of the role's prompt and the text, as far as they are encoded.
func (e *Encoder) read(r Row) ([]int32, error) {
	prompt := e.model.Prompts.Document()
	if r.Role == Query {
		prompt = e.model.Prompts.Query()
	}
	limit := e.maxTokens
	if w := e.opts.Window; w > 0 {
		limit = w + (maxWindowsPerText-1)*e.opts.Stride
	} else if e.model.KeepsEnd() {
		return e.tokenizer.IDs(nil, prompt+r.Text)
	}
	return head(e.model, r.Text, limit, func(text string) ([]int32, error) { return e.tokenizer.IDs(nil, prompt+text) })
}

// head tokenizes as much of a text as the first limit tokens need, which are those of the whole text: a huge text does not
// take the tokenizer's time, nor its memory, which is twenty times the text.
func head(m *model.Model, text string, limit int, ids func(string) ([]int32, error)) ([]int32, error) {
	if len(text) > maxSpaced {
		text = m.Squeeze(text)
	}
	for n := max(leastHead, 8*limit); ; n *= 4 {
		part := m.Head(text, n)
		out, err := ids(part)
		if err != nil || len(part) == len(text) || len(out) >= limit {
			return out, err
		}
	}
}

// Text is what tokens of the model's vocabulary say: encoded again it gives the same tokens, where they are those of a text.
// Special tokens around them are left out. Invalid for a number that the vocabulary does not have.
func (e *Encoder) Text(ids []int32) (string, error) {
	e.life.RLock()
	defer e.life.RUnlock()
	if e.closed {
		return "", closedError()
	}
	for _, id := range ids {
		if id < 0 || int(id) >= e.tokenizer.Size() {
			return "", fault.New(fault.Invalid, "token %d is not one of the %d of the model %s", id, e.tokenizer.Size(), e.model.Name).
				WithHint("send texts, or tokens of this model's own tokenizer; LangChain's clients need check_embedding_ctx_length=False")
		}
	}
	if n := len(e.special); len(ids) >= n && slices.Equal(ids[:e.prefix], e.special[:e.prefix]) &&
		slices.Equal(ids[len(ids)-e.suffix:], e.special[e.prefix:]) {
		ids = ids[e.prefix : len(ids)-e.suffix]
	}
	return e.tokenizer.Text(ids)
}

// cut makes windows of a tokenized text. The tokenizer has truncated it already where windows are off.
func (e *Encoder) cut(ids []int32) [][]int32 {
	size := e.opts.Window
	if size == 0 || len(ids) <= size {
		return [][]int32{ids}
	}
	head, tail := ids[:e.prefix], ids[len(ids)-e.suffix:]
	content := ids[e.prefix : len(ids)-e.suffix]
	room := size - e.prefix - e.suffix
	stride := min(e.opts.Stride, room)
	var out [][]int32
	for from := 0; len(out) < maxWindowsPerText; from += stride {
		to := min(from+room, len(content))
		w := make([]int32, 0, size)
		w = append(append(append(w, head...), content[from:to]...), tail...)
		out = append(out, w)
		if to == len(content) {
			break
		}
	}
	return out
}

// combine gives a row its vector, the only window's or the mean of several scaled to unit length, and its tokens.
func (e *Encoder) combine(windows []*sequence) (vector []float32, tokens int) {
	vector = windows[0].vector
	tokens = len(windows[0].ids)
	for _, s := range windows[1:] {
		tokens += len(s.ids)
		for i, v := range s.vector {
			vector[i] += v
		}
	}
	if len(windows) > 1 || !e.model.Normalize {
		normalize(vector)
	}
	return vector, tokens
}

// normalize scales v to length 1; a zero vector stays zero.
func normalize(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	f := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= f
	}
}
