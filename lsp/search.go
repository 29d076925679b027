package lsp

import (
	"context"
	"encoding/json"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"loradex/adapters"
	"loradex/internal/fault"
	"loradex/search"
)

// request starts a request. It reads the session's adapter, so call it before the search leaves the line.
func (s *server) request(how search.How) (search.Request, error) {
	r, err := how.Request()
	if r.Near != nil && strings.HasPrefix(r.Near.Path, "file:") { // as clients name documents
		file, bad := uri.Parse(r.Near.Path)
		if bad != nil {
			return r, fault.Wrap(fault.Invalid, bad, "near")
		}
		r.Near.Path = file.FsPath()
	}
	if r.Adapter == nil && r.Mode != search.Lexical {
		r.Adapter = s.currentAdapter()
	}
	return r, err
}

// search answers loradex.search.
func (s *server) search(ctx context.Context, argument json.RawMessage) (any, error) {
	var in struct {
		Query string `json:"query"`
		search.How
	}
	if err := decodeArgument(argument, &in); err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Query) == "" {
		return nil, fault.New(fault.Invalid, "loradex.search needs a query")
	}
	r, err := s.request(in.How)
	if err != nil {
		return nil, err
	}
	r.Query = in.Query
	w, found, err := s.find(ctx, r, nil)
	if err != nil {
		return nil, err
	}
	return locate(w, found)
}

// find takes the request out of the line, opens the index and searches it. place, where not nil, completes the request
// with what only the open index tells.
func (s *server) find(ctx context.Context, r search.Request, place func(Workspace, *search.Request) error) (Workspace, *search.Response, error) {
	w, end, err := s.ready(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer end()
	if place != nil {
		if err := place(w, &r); err != nil {
			return nil, nil, err
		}
	}
	found, err := s.searchIn(ctx, w, r)
	return w, found, err
}

// searchIn searches an index. The first search by meaning begins to encode what was changed before.
func (s *server) searchIn(ctx context.Context, w Workspace, r search.Request) (*search.Response, error) {
	found, err := w.Search(ctx, r)
	if r.Mode != search.Lexical {
		s.docs.signal()
	}
	return found, err
}

// ready takes the request out of the line, once, and opens the index. Call end when the request is done.
func (s *server) ready(ctx context.Context) (w Workspace, end func(), err error) {
	if end, err = s.release(ctx); err != nil {
		return nil, nil, err
	}
	if w, err = s.open(ctx); err != nil {
		end()
		return nil, nil, err
	}
	return w, end, nil
}

// open returns the index of the editor's folder, and opens it where that was not done or failed before. A user who
// makes the index after the editor's start can search at once.
func (s *server) open(ctx context.Context) (Workspace, error) {
	select {
	case s.opening <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.opening }()
	s.mu.Lock()
	opened, root := s.opened, s.root
	s.mu.Unlock()
	if opened {
		return s.index, nil
	}
	if err := s.index.OpenFor(ctx, root); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.opened = true
	s.mu.Unlock()
	s.docs.attach(s.index) // what the editor has opened since its start
	return s.index, nil
}

// currentAdapter is the mix of searches that name none; nil is that of the index's default space.
func (s *server) currentAdapter() *adapters.Mix {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.adapter
}

// locatedResponse is the search contract with places that an editor can open.
type locatedResponse struct {
	*search.Response
	Hits []locatedHit `json:"hits"` // in place of those of the response
}

// locatedHit is a hit with its place.
type locatedHit struct {
	search.Hit
	URI   string         `json:"uri"`
	Range protocol.Range `json:"range"`
}

// locate adds places to the hits. Those in repositories whose files are not on this machine are left out.
func locate(w Workspace, found *search.Response) (locatedResponse, error) {
	out := locatedResponse{Response: found, Hits: make([]locatedHit, 0, len(found.Hits))}
	for _, h := range found.Hits {
		at, ok, err := locationOf(w, h)
		if err != nil {
			return out, err
		}
		if !ok {
			continue
		}
		out.Hits = append(out.Hits, locatedHit{Hit: h, URI: string(at.URI), Range: at.Range})
	}
	return out, nil
}
