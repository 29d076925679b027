package model

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/internal/fault"
)

// Model is an opened model folder. Its weights are memory-mapped: slices from [Model.Weight] are valid until
// [Model.Close]. A Model is safe for concurrent use.
type Model struct {
	arch.Model
	Dir     string // the folder, as given to Open
	Prompts prompts
	// MaxTokens is where texts are cut, special tokens included: max_seq_length of sentence_bert_config.json, else
	// model_max_length of tokenizer_config.json, never more than the position embeddings serve.
	MaxTokens int
	Tokenizer tokenizer
	// TokenizerJSON is the tokenizer in the format of the tokenizers library, with truncation and padding off. It is
	// not to be changed. [Model.TokenizerFor] gives one that truncates.
	TokenizerJSON   []byte
	TokenizerDigest string // SHA-256 of TokenizerJSON in hex
	// Quantized is what a model in integers was made of; nil for one in floats.
	Quantized *Int8Settings

	transformer    string // the folder of the weights
	weights        *weights
	tokenizer      object // TokenizerJSON in parts
	bounds         boundaries
	truncationSide string
	digest         func() string // once
}

// Open opens the model in dir and checks it: the configuration, the shape and type of every tensor of the graph, the
// tokenizer. It reads no weight data. Errors: NotFound (folder, weights, tokenizer), Invalid (a configuration that can
// never work), Corrupt (weights that do not match it), Unsupported (names what is not served).
func Open(dir string) (*Model, error) { return open(dir, false) }

// open opens a folder. A classifier has no pooling module.
func open(dir string, classifier bool) (*Model, error) {
	info, err := os.Stat(dir)
	if err != nil {
		code := fault.Unavailable
		if errors.Is(err, os.ErrNotExist) {
			code = fault.NotFound
		}
		return nil, fault.Wrap(code, err, "model folder %s cannot be opened", dir).
			WithHint("run `loradex model pull`, or name another folder")
	}
	if !info.IsDir() {
		return nil, fault.New(fault.Invalid, "model %s is not a folder", dir)
	}
	l, err := readLayout(dir, classifier)
	if err != nil {
		return nil, err
	}
	if !isFile(filepath.Join(l.transformer, "config.json")) {
		return nil, noModel(dir)
	}
	tok, err := loadTokenizer(l)
	if err != nil {
		return nil, err
	}
	c, err := readConfig(l.transformer, tok.info.EncoderOnlyPrefix)
	if err != nil {
		return nil, err
	}
	if err := tok.check(c); err != nil {
		return nil, err
	}
	w, err := openWeights(l.transformer, c)
	if err != nil {
		return nil, err
	}
	settings, err := int8Settings(l.transformer, c, classifier)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	if err := w.check(c, settings); err != nil {
		return nil, errors.Join(err, w.close())
	}
	layers, err := w.readInt8(settings, c)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	m := &Model{
		Model: arch.Model{Name: nameOf(dir), Config: c, Pooling: l.pooling, Normalize: l.normalize, Int8: layers},
		Dir:   dir, Prompts: l.prompts, Quantized: settings,
		MaxTokens: maxTokens(l.maxSeq, tok.modelMax, c), Tokenizer: tok.info, TokenizerJSON: tok.object.bytes(),
		transformer: l.transformer, weights: w, tokenizer: tok.object, bounds: boundariesOf(tok.object), truncationSide: tok.side,
	}
	m.Model.Weight = m.Weight
	m.TokenizerDigest = digestOf(m.TokenizerJSON)
	if m.MaxTokens <= m.Tokenizer.SpecialTokens {
		return nil, errors.Join(fault.New(fault.Invalid, "%s: the maximum of %d tokens leaves no room beside %d special tokens",
			dir, m.MaxTokens, m.Tokenizer.SpecialTokens), w.close())
	}
	m.digest = sync.OnceValue(m.computeDigest)
	return m, nil
}

// maxTokens is the sentence length: the first one given, capped by the positions.
func maxTokens(sentence, tokenizer int, c arch.Config) int {
	limit := c.PositionLimit()
	for _, n := range []int{sentence, tokenizer} {
		if n > 0 {
			return min(n, limit)
		}
	}
	return limit
}

// nameOf is the last part of the folder's path. In the Hugging Face cache that is a commit; there the name is the one
// of the repository: models--ORG--NAME/snapshots/COMMIT.
func nameOf(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = filepath.Clean(dir)
	}
	if snapshots := filepath.Dir(abs); filepath.Base(snapshots) == "snapshots" {
		if repo, ok := strings.CutPrefix(filepath.Base(filepath.Dir(snapshots)), "models--"); ok {
			return repo[strings.LastIndex(repo, "--")+len("--"):]
		}
	}
	return filepath.Base(abs)
}

// Weight gives the values and the shape of a tensor by its canonical name: without "bert." or "roberta.", and with
// weight and bias for the old gamma and beta. Where the file stores contiguous fp32 the slice is the file itself, mapped
// read-only: writing to it faults. fp16, bf16 and integers are converted on every call. Errors: NotFound; Unsupported for a type
// that is no float.
func (m *Model) Weight(name string) (data []float32, shape []int, err error) {
	if path, rounded := m.Quantized.layer(name); rounded {
		q := m.Int8[path]
		return q.Dequantized(), []int{len(q.Scales), len(q.Codes) / len(q.Scales)}, nil
	}
	src, ok := m.weights.sources[name]
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "model %s has no tensor %q", m.Name, name)
	}
	return src.file.Float32(src.name)
}

// Layer is the weight of a linear layer.
func (m *Model) Layer(path string) (delta.Weight, error) {
	values, _, err := m.Weight(path + ".weight")
	w := delta.Weight{Values: values}
	if q := m.Int8[path]; q != nil {
		w.Norms = q.Norms
	}
	return w, err
}

// Close unmaps the weights. Slices from Weight are invalid after it.
func (m *Model) Close() error { return m.weights.close() }
