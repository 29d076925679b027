package workspace

// This file defines a workspace on this machine: an encoder and an index that the first request opens. So a server is there
// at once, and one that only searches by words never loads a model.

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"loradex/adapters"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// local is an index on this machine with what encodes its queries. What it opens is closed with its session, which outlives
// every request.
type local struct {
	session *Session
	beside  []string    // more repositories of a shared index
	without string      // the stage of ranking that is off; "" none
	meant   atomic.Bool // somebody has searched by meaning, so there is an encoder or there will never be one
	first   sync.Mutex  // held while words are indexed for a search

	mu      sync.Mutex     // guards what follows
	where   string         // PATH|URL of the repository; "" is all that a shared index holds
	index   *openIndex     // nil until it is open
	model   string         // of enc
	enc     *embed.Encoder // nil until something was encoded
	wide    float64        // the spread of the model of wideOf
	wideOf  *embed.Encoder // nil until it was asked for
	buffers *buffers       // nil before something needs them
	trees   []indexer.Tree
}

// openIndex is an index as it was opened.
type openIndex struct {
	dir     string
	folder  os.FileInfo
	tree    indexer.Tree // the work tree that the workspace is of; the zero Tree but in a linked one
	store   search.Backend
	options search.Options
}

// indexerOptions are those of the settings: they decide how texts are cut, and so which space they are in.
func (s *Session) indexerOptions() indexer.Options {
	i := s.Config.Index
	return indexer.Options{MaxFileBytes: i.MaxFileBytes, Data: i.Data, Encoding: i.Encoding}
}

// Open returns the workspace of a PATH|URL. It opens nothing: the first call that needs something does.
func (s *Session) Open(where string) *local { return &local{session: s, where: where} }

// And adds repositories of a shared index, which are searched with the first one in one ranking. It is called before anything else.
// Usage where each has an index of its own: a word weighs as much as it is rare in an index, and a fused score is measured
// against the other hits of its index, so scores of two say nothing about each other.
func (l *local) And(more ...string) error {
	if len(more) > 0 && l.session.Shared == "" {
		return fault.Usagef("index each with `loradex index REPO --index DIR` and search with --index DIR, or search one after the other",
			"several repositories are searched in an index that they share: scores of separate ones cannot be compared")
	}
	l.beside = more
	return nil
}

// open opens the index with the first call that finds one, and again where it was removed and made anew: the old store
// would go on answering from files that have no name any more.
func (l *local) open(ctx context.Context) (*openIndex, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if x := l.index; x != nil {
		if now, err := os.Stat(x.dir); err == nil && os.SameFile(now, x.folder) {
			return x, nil
		}
		l.index = nil
	}
	dir, err := l.session.FindIndex(ctx, l.where)
	if err != nil {
		return nil, err
	}
	x := &openIndex{dir: dir, options: ranking(without(l.session.Config.Search, l.without))}
	x.tree.Repo, _ = l.session.linked(l.where)
	if x.folder, err = os.Stat(dir); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the index")
	}
	if x.store, err = l.session.openIndex(context.WithoutCancel(ctx), dir); err != nil {
		if fault.CodeOf(err) == fault.NotFound {
			err = noIndexError{err}
		}
		return nil, err
	}
	x.options.Spread = l.spread
	if x.options.Fits, err = l.session.fits(); err != nil {
		return nil, err
	}
	x.options.Reranker = l.session.reranker(l.session.Config.Search.Rerank)
	if x.options.Adapter, err = adaptedTo(dir); err != nil {
		return nil, err
	}
	l.index = x
	return x, nil
}

// Search implements [Workspace].
func (l *local) Search(ctx context.Context, r search.Request) (*search.Response, error) {
	in, err := l.firstScope(ctx, r.Trees)
	if err != nil {
		return nil, err
	}
	var enc search.Encoder
	if r.Mode != search.Lexical && !r.OnlyMatches() {
		l.meant.Store(true)
		if enc, err = l.encodes(ctx); err != nil {
			return nil, err
		}
	}
	r.Filter.Trees = in.names
	if err := fromTop(ctx, in, &r.Filter); err != nil {
		return nil, err
	}
	if err := nearFromTop(ctx, in, &r); err != nil {
		return nil, err
	}
	if err := l.withinChanged(ctx, in, &r); err != nil {
		return nil, err
	}
	asIndexed := r.AsIndexed || r.Trees.Rev != ""
	r.Trees = search.Selection{}
	var texts *buffers
	var answer *search.Response
	if asIndexed {
		answer, err = in.search(ctx, in.store, enc, r)
	} else if texts, err = l.texts(ctx, in); err == nil {
		answer, err = texts.search(ctx, in, r.Span, func(reader search.Reader) (*search.Response, error) { return in.search(ctx, reader, enc, r) })
	}
	if err == nil && len(answer.Hits) == 0 && r.Cursor == "" && (texts == nil || !texts.Any(r.Filter)) {
		err = checkFilter(ctx, in, r.Filter)
	}
	if err != nil {
		return nil, err
	}
	if r.Files {
		answer.ListFiles()
	}
	return answer, nil
}

// search answers from a reader.
func (in scope) search(ctx context.Context, reader search.Reader, enc search.Encoder, r search.Request) (*search.Response, error) {
	s, err := search.New(reader, enc, in.options)
	if err != nil {
		return nil, err
	}
	return s.Search(ctx, r)
}

// Symbols returns the definitions whose name matches a query: see [search.Symbols].
func (l *local) Symbols(ctx context.Context, query string, k int) ([]search.Hit, error) {
	in, err := l.firstScope(ctx, search.Selection{})
	if err != nil {
		return nil, err
	}
	texts, err := l.texts(ctx, in)
	if err != nil {
		return nil, err
	}
	answer, err := texts.search(ctx, in, nil, func(reader search.Reader) (*search.Response, error) {
		hits, err := search.Symbols(ctx, reader, in.names, query, k)
		return &search.Response{Hits: hits}, err
	})
	if err != nil {
		return nil, err
	}
	return answer.Hits, nil
}

// encodes returns what encodes queries, which starts when a query needs it; nil where words have to do.
func (l *local) encodes(ctx context.Context) (search.Encoder, error) {
	l.followModel(ctx)
	reason, err := l.withoutVectors(ctx)
	if reason != nil || err != nil {
		return nil, err
	}
	return l, nil
}

// withoutVectors tells why no texts can be encoded, as [Session.WithoutVectors] does.
func (l *local) withoutVectors(ctx context.Context) (reason, err error) {
	l.mu.Lock()
	running := l.enc != nil
	l.mu.Unlock()
	if running {
		return nil, nil
	}
	return l.Base(ctx).WithoutVectors(ctx)
}

// EncodesFor tells whether queries of a request are encoded, and says so where they are not although they might be. One that
// insists on vectors gets the reason why there are none.
func (l *local) EncodesFor(ctx context.Context, r *search.Request) (bool, error) {
	if r.Mode == search.Lexical || r.OnlyMatches() {
		return false, nil
	}
	reason, err := l.withoutVectors(ctx)
	if err == nil && reason != nil && (r.Mode == search.Dense || r.Adapter != nil) {
		err = reason
	}
	if err != nil || reason == nil {
		return err == nil, err
	}
	l.session.noteLexical(reason, "search is lexical")
	return false, nil
}

// NoteLexical says, before anybody asks, where texts cannot be encoded.
func (l *local) NoteLexical(ctx context.Context) error {
	reason, err := l.withoutVectors(ctx)
	if err == nil && reason != nil {
		l.session.noteLexical(reason, "no texts are encoded, search is lexical")
	}
	return err
}

// encoder starts the encoder with the first call.
func (l *local) encoder(ctx context.Context) (*embed.Encoder, error) {
	l.mu.Lock()
	running := l.enc
	l.mu.Unlock()
	if running != nil {
		return running, nil
	}
	base := l.Base(ctx)
	reason, err := base.WithoutVectors(ctx)
	if err != nil {
		return nil, err
	}
	if reason != nil { // whatever is missing, a request can do nothing about it
		return nil, fault.Wrap(fault.Unavailable, reason, "texts cannot be encoded")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.enc == nil {
		// The encoder outlives the request that happens to be the first.
		if l.enc, err = base.Encoder(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
		l.model = base.ModelName()
	}
	return l.enc, nil
}

// spread is that of the encoder's model; it is asked for once.
func (l *local) spread(ctx context.Context) (float64, error) {
	enc, err := l.encoder(ctx)
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	known, of := l.wide, l.wideOf
	l.mu.Unlock()
	if of == enc {
		return known, nil
	}
	if known, err = l.session.spread(ctx, enc); err != nil {
		return 0, err
	}
	l.mu.Lock()
	l.wide, l.wideOf = known, enc
	l.mu.Unlock()
	return known, nil
}

// Ready opens what there is: an encoder, an index, or both.
func (l *local) Ready(ctx context.Context) error {
	reason, err := l.withoutVectors(ctx)
	if err == nil && reason == nil {
		_, err = l.encoder(ctx)
	}
	if err != nil {
		return err
	}
	if _, err := l.open(ctx); err != nil && (reason != nil || fault.CodeOf(err) != fault.NotFound) {
		return fault.Wrap(fault.Unavailable, errors.Join(err, reason), "there is nothing to answer from")
	}
	return nil
}

// Encode implements search.Encoder.
func (l *local) Encode(ctx context.Context, rows []embed.Row) ([][]float32, error) {
	enc, err := l.encoder(ctx)
	if err != nil {
		return nil, err
	}
	return enc.Encode(ctx, rows)
}

// Each implements [Workspace].
func (l *local) Each(ctx context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	enc, err := l.encoder(ctx)
	if err != nil {
		return err
	}
	return enc.Each(ctx, rows, take)
}

// Dimensions implements [Workspace].
func (l *local) Dimensions(ctx context.Context) (int, error) {
	enc, err := l.encoder(ctx)
	if err != nil {
		return 0, err
	}
	return enc.Dimensions(), nil
}

// ModelName is the name of the model that encodes. Unavailable where there is none.
func (l *local) ModelName(ctx context.Context) (string, error) {
	enc, err := l.encoder(ctx)
	if err != nil {
		return "", err
	}
	return enc.Model().Name, nil
}

// Text is what tokens of that model's vocabulary say. Invalid for a token that it does not have.
func (l *local) Text(ctx context.Context, tokens []int32) (string, error) {
	enc, err := l.encoder(ctx)
	if err != nil {
		return "", err
	}
	return enc.Text(tokens)
}

// Space and QuerySpace are the encoder's, for searches.
func (l *local) Space(ctx context.Context, m adapters.Mix) (embed.Space, error) {
	enc, err := l.encoder(ctx)
	if err != nil {
		return embed.Space{}, err
	}
	return enc.Space(ctx, m)
}

// QuerySpace is described beside Space.
func (l *local) QuerySpace(ctx context.Context, m adapters.Mix) (string, bool, error) {
	enc, err := l.encoder(ctx)
	if err != nil {
		return "", false, err
	}
	return enc.QuerySpace(ctx, m)
}

// QuerySide implements [Workspace].
func (l *local) QuerySide(ctx context.Context, m adapters.Mix) (bool, error) {
	query, _, err := l.session.sides(ctx, m)
	return query, err
}

// CheckMix implements [Workspace]. Whether the index has vectors for the mix, the search tells.
func (l *local) CheckMix(ctx context.Context, m adapters.Mix) error {
	_, _, err := l.session.sides(ctx, m)
	return err
}
