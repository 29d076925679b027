package embed

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/model"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// Encoder turns rows into vectors. It is safe for concurrent use; close it before its environment.
type Encoder struct {
	opts      Options
	env       *runtime.Environment
	model     *model.Model
	sites     []delta.Site
	byPath    map[string]delta.Site
	tokenizer *runtime.Tokenizer
	maxTokens int
	prefix    int // special tokens before the text
	suffix    int // special tokens after it
	special   []int32
	variants  *variants
	queue     *queue
	prepared  *preparedCache
	mixes     *mixCache

	life   sync.RWMutex // held for reading while a request uses the native parts; guards closed
	closed bool

	checkedMu sync.Mutex // guards checked
	checked   map[string]bool
}

// Open opens the model and loads the plain graph. The environment must outlive the encoder.
func Open(ctx context.Context, env *runtime.Environment, o Options) (_ *Encoder, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults(env.Device())
	m, err := model.Open(o.Model)
	if err != nil {
		return nil, err
	}
	e := &Encoder{opts: o, env: env, model: m, checked: map[string]bool{}, mixes: newMixCache()}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.closeParts())
		}
	}()
	if !m.Pooling.IncludePrompt && (m.Prompts.Query() != "" || m.Prompts.Document() != "") {
		return nil, fault.New(fault.Unsupported, "model %s: pooling without the prompt (include_prompt false) is not supported", m.Name)
	}
	e.maxTokens = cmp.Or(o.MaxTokens, m.MaxTokens)
	if limit := m.Config.PositionLimit(); e.maxTokens > limit || o.Window > limit {
		return nil, fault.New(fault.Invalid, "model %s takes at most %d tokens", m.Name, limit)
	}
	if e.sites, err = arch.Sites(&m.Model); err != nil {
		return nil, err
	}
	e.byPath = byPath(e.sites)
	e.prepared = newPreparedCache(e.sites, m.Layer)
	if err := e.openTokenizer(); err != nil {
		return nil, err
	}
	e.variants = newVariants(env, m, e.byPath, o.Variants)
	if _, err := e.variants.get(ctx, variant{}); err != nil {
		return nil, err
	}
	e.queue = newQueue(e)
	return e, nil
}

// Close waits for the run in progress, fails what is queued, and releases the model.
func (e *Encoder) Close() error {
	e.queue.close()
	e.life.Lock()
	defer e.life.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	return e.closeParts()
}

func (e *Encoder) closeParts() error {
	errs := []error{e.mixes.close()}
	if e.variants != nil {
		errs = append(errs, e.variants.close())
	}
	if e.tokenizer != nil {
		errs = append(errs, e.tokenizer.Close())
	}
	return errors.Join(append(errs, e.model.Close())...)
}

// Dimensions is the length of the vectors.
func (e *Encoder) Dimensions() int { return e.model.Config.HiddenSize }

// MaxTokens is where texts are cut, special tokens included.
func (e *Encoder) MaxTokens() int { return e.maxTokens }

// Model describes the base model. Do not close it.
func (e *Encoder) Model() *model.Model { return e.model }

// Sites lists the places that adapters may change. Their biases are views of the model's files: not after Close.
func (e *Encoder) Sites() []delta.Site { return e.sites }

// Encode returns one vector of unit length for each row, in order. Errors are those of Each; then there are no vectors.
func (e *Encoder) Encode(ctx context.Context, rows []Row) ([][]float32, error) {
	vectors := make([][]float32, len(rows))
	err := e.Each(ctx, rows, func(i int, vector []float32, _ int) error {
		vectors[i] = vector
		return nil
	})
	if err != nil {
		return nil, err
	}
	return vectors, nil
}

// Each makes one vector of unit length for each row and hands it to take as soon as its batch is done, with the row's place
// and the tokens that were read of the row: after the cut, special tokens included, those of all its windows.
//
// Batches come in their own order, longest rows first. take is called once a row, one call at a time, by the goroutine that
// called Each; the encoder does not wait for it, and goes on with what it has been given. The vector is take's to keep. It
// shares memory with the others of its batch.
//
// An error of take ends the work and is returned. Others: NotFound for an unknown adapter; those of the adapter's
// check; Invalid for a document with an adapter that is for queries alone; Unsupported for a router; ctx's error. What take has been given before an error is good.
func (e *Encoder) Each(ctx context.Context, rows []Row, take func(i int, vector []float32, tokens int) error) (err error) {
	if len(rows) == 0 {
		return ctx.Err()
	}
	e.life.RLock()
	defer e.life.RUnlock()
	if e.closed {
		return closedError()
	}
	mixes, used, err := e.resolveRows(ctx, rows)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.mixes.release(used)) }()
	windows, err := e.tokenize(ctx, rows, mixes)
	if err != nil {
		return err
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	j := newJob(ctx, windows)
	if err := e.queue.submit(j); err != nil {
		return err
	}
	missing := make([]int, len(rows)) // windows of each row
	for i := range windows {
		missing[i] = len(windows[i])
	}
	var refused error
	for s := range j.made { // to its end: until then the queue reads the open adapters
		if missing[s.row]--; missing[s.row] > 0 || refused != nil {
			continue
		}
		vector, tokens := e.combine(windows[s.row])
		if refused = take(s.row, vector, tokens); refused != nil {
			leave()
		}
	}
	return cmp.Or(refused, j.err)
}

// canResolve refuses routers, and any mix where there is no library.
func (e *Encoder) canResolve(m adapters.Mix) error {
	if err := m.Resolvable(); err != nil {
		return err
	}
	if e.opts.Adapters == nil {
		return fault.New(fault.NotFound, "no adapters are installed; %q is unknown", m.String()).
			WithHint("install one with `loradex adapters add DIR --name NAME`")
	}
	return nil
}

// resolve opens the adapters of a mix and checks, once per adapter, that they fit the base. The caller closes them.
func (e *Encoder) resolve(ctx context.Context, m adapters.Mix) ([]adapters.Weighted, error) {
	if err := e.canResolve(m); err != nil {
		return nil, err
	}
	list, err := e.opts.Adapters.Resolve(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		if err := e.check(w.Adapter); err != nil {
			return nil, errors.Join(err, adapters.CloseAll(list))
		}
	}
	return list, nil
}

func (e *Encoder) check(a *adapters.Adapter) error {
	e.checkedMu.Lock()
	done := e.checked[a.Digest]
	e.checkedMu.Unlock()
	if done {
		return nil
	}
	// The library checks the base when an adapter is added; a folder put there by hand has not been checked.
	if err := errors.Join(a.Card.CheckBase(e.model.AdapterBase()), a.Check(e.sites)); err != nil {
		return err
	}
	e.checkedMu.Lock()
	e.checked[a.Digest] = true
	e.checkedMu.Unlock()
	return nil
}
