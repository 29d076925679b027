package lsp

// This file keeps the texts that the editor shows, and hands them to the index once it is open.

import (
	"context"
	"sync"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"loradex/internal/fault"
	"loradex/workspace"
)

// document is an open file.
type document struct {
	uri     uri.URI
	text    string
	lost    bool           // too long, or edited in a way that we did not understand: the index answers until it is closed
	unsaved bool           // changed since it was opened or saved
	warned  bool           // the user knows that there is no room for it
	file    workspace.File // as the index calls it, once that is known
}

// documents are the open files.
type documents struct {
	opts    Options
	utf8    bool          // how columns are counted; set by initialize
	changed chan struct{} // full when something changed that was not encoded yet

	mu        sync.Mutex // guards what follows
	open      map[string]*document
	bytes     int
	workspace Workspace // nil until the first search opened it
}

// put opens a file, or sets its text anew.
func (d *documents) put(u uri.URI, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := string(u)
	if old := d.open[key]; old != nil {
		d.bytes -= len(old.text)
		delete(d.open, key)
	}
	if len(d.open) >= d.opts.MaxDocuments {
		return fault.New(fault.Unavailable, "%s: more than %d files are open", key, d.opts.MaxDocuments)
	}
	doc := &document{uri: u}
	d.open[key] = doc
	return d.set(doc, text)
}

// change edits an open file.
func (d *documents) change(u uri.URI, how func(text string) (string, error)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc := d.open[string(u)]
	switch {
	case doc == nil && len(d.open) >= d.opts.MaxDocuments:
		return nil // it was refused, and the user knows
	case doc == nil:
		return fault.New(fault.Invalid, "%s is changed and was not opened", u)
	case doc.lost:
		return nil
	}
	doc.unsaved = true
	text, err := how(doc.text)
	if err != nil {
		d.lose(doc)
		return err
	}
	return d.set(doc, text)
}

// set gives a file its text. mu is held.
func (d *documents) set(doc *document, text string) error {
	if len(text) > d.opts.MaxDocumentBytes || d.bytes-len(doc.text)+len(text) > d.opts.MaxOpenBytes {
		d.lose(doc)
		return fault.New(fault.Unavailable, "%s is searched as it is indexed: more than %d bytes, or %d in all open files",
			doc.uri, d.opts.MaxDocumentBytes, d.opts.MaxOpenBytes)
	}
	d.bytes += len(text) - len(doc.text)
	doc.text = text
	return d.hand(doc)
}

// lose gives up the text of a file. mu is held.
func (d *documents) lose(doc *document) {
	d.bytes -= len(doc.text)
	doc.text, doc.lost = "", true
	if f, ok := d.fileOf(doc); ok {
		d.workspace.CloseBuffer(f, false)
	}
}

// hand gives a text to the index, where that is open and the file is one of its. mu is held.
func (d *documents) hand(doc *document) error {
	f, ok := d.fileOf(doc)
	if !ok || doc.lost {
		return nil
	}
	err := d.workspace.PutBuffer(f, doc.text)
	d.signal()
	if err != nil && doc.warned {
		return nil // not with every key
	}
	doc.warned = err != nil
	return err
}

// fileOf returns what the index calls a file; false where it has no place for it. mu is held.
func (d *documents) fileOf(doc *document) (workspace.File, bool) {
	if d.workspace == nil {
		return workspace.File{}, false
	}
	if doc.file.Path == "" {
		f, err := fileOf(d.workspace, doc.uri)
		if err != nil {
			return workspace.File{}, false // editors open files of other folders, too
		}
		doc.file = f
	}
	return doc.file, true
}

// saved takes note that the disk has the text.
func (d *documents) saved(u uri.URI) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if doc := d.open[string(u)]; doc != nil {
		doc.unsaved = false
	}
}

// close forgets a file.
func (d *documents) close(u uri.URI) {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc := d.open[string(u)]
	if doc == nil {
		return
	}
	if f, ok := d.fileOf(doc); ok && !doc.lost {
		d.workspace.CloseBuffer(f, !doc.unsaved)
	}
	d.bytes -= len(doc.text)
	delete(d.open, string(u))
}

// attach hands all texts to an index that was opened just now. One that there is no room for is searched as it is indexed,
// which its next change says.
func (d *documents) attach(w Workspace) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.workspace = w
	for _, doc := range d.open {
		_ = d.hand(doc)
	}
}

// signal asks for vectors of what was changed.
func (d *documents) signal() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// ready returns the index once something was changed and the editor came to rest; nil when ctx ends.
func (d *documents) ready(ctx context.Context) Workspace {
	select {
	case <-ctx.Done():
		return nil
	case <-d.changed:
	}
	if !d.rest(ctx) {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.workspace
}

// rest waits until nothing changes any more, or for as long as that may be put off; false when ctx ends.
func (d *documents) rest(ctx context.Context) bool {
	quiet, longest := time.NewTimer(d.opts.Quiet), time.NewTimer(d.opts.Longest)
	defer quiet.Stop()
	defer longest.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-d.changed:
			quiet.Reset(d.opts.Quiet)
		case <-quiet.C:
			return true
		case <-longest.C:
			return true
		}
	}
}

// encodeChanges makes vectors of changed texts until ctx ends. Why it cannot is shown in the editor's log, once until it
// can again: searches go on without.
func (s *server) encodeChanges(ctx context.Context) {
	said := ""
	for ctx.Err() == nil {
		w := s.docs.ready(ctx)
		if w == nil {
			continue
		}
		err := w.EncodeBuffers(ctx)
		if err == nil {
			said = ""
		} else if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			s.logProblem(ctx, protocol.MethodTextDocumentDidChange, err)
		}
	}
}
