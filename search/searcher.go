package search

import (
	"context"
	"strings"
	"time"

	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// Searcher answers requests over one index. It is safe for concurrent use; it keeps nothing between requests.
type Searcher struct {
	reader  Reader
	encoder Encoder
	opts    Options
}

// New returns a searcher over a store; which of its trees are searched, requests say. A nil encoder leaves lexical search.
func New(reader Reader, encoder Encoder, o Options) (*Searcher, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &Searcher{reader: reader, encoder: encoder, opts: o.withDefaults()}, nil
}

// Search answers a request. Errors: Invalid for a request that makes no sense; NotFound for a space or code that the
// index does not hold; Conflict where the index was made with another model or adapter; Unavailable where vectors are
// insisted on without an encoder; those of the store and the encoder.
func (s *Searcher) Search(ctx context.Context, r Request) (*Response, error) {
	start := time.Now()
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if !r.Trees.IsZero() {
		return nil, fault.New(fault.Internal, "a searcher is asked for trees that nobody has looked up")
	}
	asked := r
	r = r.withDefaults()
	asked.K = r.K
	q := &query{Searcher: s, r: &r, deviation: deviationOfSpread * usualSpread}
	if err := q.prepare(ctx); err != nil {
		return nil, err
	}
	if err := q.turn(ctx, asked); err != nil {
		return nil, err
	}
	hits, err := q.run(ctx)
	if fault.CodeOf(err) == fault.NotFound && ctx.Err() == nil {
		// Between ranking and reading, an indexing run replaced a chunk or a space. The second try sees the new state.
		hits, err = q.run(ctx)
	}
	if err != nil {
		return nil, err
	}
	if hits, err = q.above(hits); err != nil {
		return nil, err
	}
	if q.answer.Hits, err = q.page(ctx, hits, &asked); err != nil {
		return nil, err
	}
	q.answer.Took.Total = since(start)
	return &q.answer, nil
}

// query is the state of one search.
type query struct {
	*Searcher
	r    *Request
	text string
	repo indexer.RepoState
	scope
	name        *identifier // that the query is; nil for none
	held        map[ID]bool // chunks whose words hold it
	partial     bool        // some chunks have no vector in the spaces that answer
	matching    []found     // all chunks that the expressions match, in order
	expressions []expression
	place       *neighbourhood // of the user; nil where nobody said
	head        []byte         // of a cursor
	shown       []shownHit     // before, by the cursor
	// deviation is the usual one of the first hits' cosines.
	deviation float64
	unit      float64 // of standings, of a question in words
	answer    Response
	explain   Explain // is part of the answer where that is asked for
}

// prepare finds out what is searched and encodes the query for it.
func (q *query) prepare(ctx context.Context) error {
	var err error
	if q.text, err = q.what(ctx); err != nil {
		return err
	}
	state, chunks, err := q.look(ctx)
	if err != nil {
		return err
	}
	q.repo = state.repo(q.r.Filter.Trees)
	if q.scope, err = q.scopeOf(ctx, q.r, q.repo, state.Spaces, chunks); err != nil {
		return err
	}
	q.answer = Response{Query: q.text, Mode: q.r.Mode}
	if q.none {
		q.answer.Mode = Lexical
	}
	if len(q.targets) > 0 {
		q.answer.Model = q.targets[0].state.Space.Model
	}
	if chunks > 0 {
		q.answer.Coverage = min(1, float64(q.covered)/float64(chunks))
	}
	q.partial = q.covered < chunks
	q.explain = Explain{Reason: q.reason, Spaces: []spaceSearch{}, Depth: q.r.Depth, RRFK: q.opts.RRFK, Exact: q.r.Exact}
	if q.r.Explain {
		q.answer.Explain = &q.explain
	}
	return q.encode(ctx)
}

// look asks for the state of the index and the number of chunks, and of vectors where some may be searched.
func (q *query) look(ctx context.Context) (state State, chunks int, err error) {
	if q.r.Mode != Lexical && q.encoder != nil {
		return survey(ctx, q.reader, q.r.Filter.Trees)
	}
	if state, err = q.reader.State(ctx); err == nil {
		chunks, err = count(ctx, q.reader, q.r.Filter.Trees, nil, "")
	}
	return state, chunks, err
}

// what returns the text that is looked for.
func (q *query) what(ctx context.Context) (string, error) {
	switch {
	case q.r.Query != "":
		return q.r.Query, nil
	case q.r.OnlyMatches():
		return "", nil
	case q.r.Code != "":
		return q.r.Code, nil
	}
	span := q.r.Span
	chunks, err := q.reader.At(ctx, q.r.Filter.Trees, span.Path, span.StartLine, span.EndLine)
	if err != nil {
		return "", err
	}
	if len(chunks) == 0 {
		return "", fault.New(fault.NotFound, "the index holds nothing at %s:%d-%d", span.Path, span.StartLine, span.EndLine).
			WithHint("run `loradex index`, or give the code itself")
	}
	texts := make([]string, len(chunks))
	for i, c := range chunks {
		texts[i] = c.Chunk.Text
	}
	return strings.Join(texts, "\n"), nil
}

// encode encodes the query for every target in one batch.
func (q *query) encode(ctx context.Context) error {
	if len(q.targets) == 0 {
		return nil
	}
	start := time.Now()
	role := embed.Query
	if q.r.Query == "" {
		role = embed.Document // code is compared with code
	}
	rows := make([]embed.Row, len(q.targets))
	for i, t := range q.targets {
		rows[i] = embed.Row{Text: q.text, Role: role, Mix: t.mix}
	}
	vectors, err := q.encoder.Encode(ctx, rows)
	if err != nil {
		return err
	}
	if len(vectors) != len(rows) {
		return fault.New(fault.Internal, "the encoder made %d vectors for %d rows", len(vectors), len(rows))
	}
	for i, t := range q.targets {
		t.vector = vectors[i]
	}
	q.answer.Took.Encode = since(start)
	if q.opts.Spread == nil {
		return nil
	}
	spread, err := q.opts.Spread(ctx)
	q.deviation = deviationOfSpread * spread
	return err
}

func since(t time.Time) float64 { return float64(time.Since(t).Microseconds()) / 1000 }
