package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"errors"

	"loradex/indexer"
	"loradex/search"
)

// This file defines how one file with its chunks is written.

// putter holds the statements of one PutFiles call. They end with its transaction.
type putter struct {
	*versioner
	generation int64
	chunker    string
	kinds      map[string]int64

	file, rewrite, chunk, symbol, list, findText, addText, fillText *sql.Stmt
}

// newPutter prepares to write files of a versioner's tree.
func newPutter(v *versioner, generation int64, chunker string) (*putter, error) {
	p := &putter{versioner: v, generation: generation, chunker: chunker, kinds: map[string]int64{}}
	return p, prepareAll(p.ctx, p.tx, []statement{
		{&p.file, "INSERT INTO files (path, language, blob, chunker, chunks, generation) VALUES (?, ?, ?, ?, ?, ?)"},
		{&p.rewrite, "UPDATE files SET language = ?, blob = ?, chunker = ?, chunks = ?, generation = ? WHERE id = ?"},
		{&p.chunk, `INSERT INTO chunks (file_id, text_id, kind_id, start_line, end_line, symbol, doc, signature, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&p.symbol, "INSERT INTO symbols (chunk_id, place, name, kind, start_line, end_line) VALUES (?, ?, ?, ?, ?, ?)"},
		{&p.list, "INSERT OR REPLACE INTO chunk_lists (blob, language, chunker, list) VALUES (?, ?, ?, ?)"},
		{&p.findText, "SELECT id, text IS NULL FROM texts WHERE digest = ?"},
		{&p.addText, "INSERT INTO texts (digest, text) VALUES (?, ?)"},
		{&p.fillText, "UPDATE texts SET text = ? WHERE id = ?"},
	})
}

// put writes a file with its chunks. A version that another tree has is joined.
func (p *putter) put(f *indexer.File) error {
	same, err := p.find(f.Path, f.Blob, f.Language, p.chunker)
	if err != nil {
		return err
	}
	if same != 0 {
		shared, err := p.elsewhere(same)
		if err != nil {
			return err
		}
		if shared {
			return p.move(f.Path, same, f.Stat)
		}
	}
	id, err := p.version(f, same)
	if err != nil {
		return err
	}
	for i := range f.Chunks {
		if err := p.putChunk(id, &f.Chunks[i], f.Texts[i]); err != nil {
			return err
		}
	}
	if f.Blob == "" {
		return nil // nothing to find the list by
	}
	list, err := search.PackChunks(f.Chunks)
	if err != nil {
		return err
	}
	_, err = p.list.ExecContext(p.ctx, f.Blob, f.Language, p.chunker, list)
	return err
}

// version makes the version of a file, without chunks yet. One that the tree alone has at this path keeps its number: what
// a search beside this has found out about files stays true. That may be the same content: where a store was damaged, or
// cutting has changed by mistake, a full run brings it right.
func (p *putter) version(f *indexer.File, same int64) (int64, error) {
	old, err := p.own(f.Path)
	if err != nil {
		return 0, err
	}
	if same != 0 {
		old = same
	}
	if old != 0 {
		if _, err := p.rewrite.ExecContext(p.ctx, f.Language, f.Blob, p.chunker, len(f.Chunks), p.generation, old); err != nil {
			return 0, err
		}
		if err := deleteChunks(p.ctx, p.tx, old); err != nil {
			return 0, err
		}
		return old, p.move(f.Path, old, f.Stat)
	}
	result, err := p.file.ExecContext(p.ctx, f.Path, f.Language, f.Blob, p.chunker, len(f.Chunks), p.generation)
	if err != nil {
		return 0, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return 0, err
	}
	return id, p.move(f.Path, id, f.Stat)
}

func (p *putter) putChunk(file int64, c *indexer.Chunk, text string) error {
	textID, err := p.text(text)
	if err != nil {
		return err
	}
	kind, err := p.kind(c.Kind)
	if err != nil {
		return err
	}
	res, err := p.chunk.ExecContext(p.ctx, file, textID, kind, c.StartLine, c.EndLine, c.Symbol, c.Doc, c.Signature, c.Text)
	if err != nil {
		return err
	}
	id, err := res.LastInsertId()
	for i, s := range c.Symbols {
		if err == nil {
			_, err = p.symbol.ExecContext(p.ctx, id, i, s.Name, s.Kind, s.StartLine, s.EndLine)
		}
	}
	return err
}

// text returns the ID of a text, new or known.
func (p *putter) text(text string) (int64, error) {
	digest := sha256.Sum256([]byte(text))
	var id int64
	var empty bool
	err := p.findText.QueryRowContext(p.ctx, digest[:]).Scan(&id, &empty)
	if errors.Is(err, sql.ErrNoRows) {
		res, err := p.addText.ExecContext(p.ctx, digest[:], text)
		if err != nil {
			return 0, err
		}
		return res.LastInsertId()
	}
	if err == nil && empty { // known from a vector alone
		_, err = p.fillText.ExecContext(p.ctx, text, id)
	}
	return id, err
}

func (p *putter) kind(name string) (int64, error) {
	if id, ok := p.kinds[name]; ok {
		return id, nil
	}
	if _, err := p.tx.ExecContext(p.ctx, "INSERT INTO kinds (name) VALUES (?) ON CONFLICT DO NOTHING", name); err != nil {
		return 0, err
	}
	id, err := value[int64](p.tx.QueryRowContext(p.ctx, "SELECT id FROM kinds WHERE name = ?", name))
	p.kinds[name] = id
	return id, err
}
