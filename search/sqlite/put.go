package sqlite

import (
	"crypto/sha256"
	"database/sql"

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

	file, rewrite, list, findText, addText, fillText *sql.Stmt
	chunks, symbols                                  manyRows
}

// newPutter prepares to write files of a versioner's tree.
func newPutter(v *versioner, generation int64, chunker string) (*putter, error) {
	p := &putter{
		versioner: v, generation: generation, chunker: chunker, kinds: map[string]int64{},
		chunks:  manyRows{into: "chunks (file_id, text_id, kind_id, start_line, end_line, symbol, doc, signature, body)", columns: 9},
		symbols: manyRows{into: "symbols (chunk_id, place, name, kind, start_line, end_line)", columns: 6},
	}
	return p, prepareAll(p.ctx, p.tx, []statement{
		{&p.file, "INSERT INTO files (path, language, blob, chunker, chunks, generation) VALUES (?, ?, ?, ?, ?, ?)"},
		{&p.rewrite, "UPDATE files SET language = ?, blob = ?, chunker = ?, chunks = ?, generation = ? WHERE id = ?"},
		{&p.list, "INSERT OR REPLACE INTO chunk_lists (blob, language, chunker, list) VALUES (?, ?, ?, ?)"},
		{&p.findText, "SELECT id, text IS NULL FROM texts WHERE digest = ?"},
		{&p.addText, "INSERT INTO texts (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING"},
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
	if err := p.putChunks(id, f); err != nil {
		return err
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

// putChunks writes the chunks of a file, with few statements.
func (p *putter) putChunks(file int64, f *indexer.File) error {
	var rows []any
	for i := range f.Chunks {
		c := &f.Chunks[i]
		text, err := p.text(f.Texts[i])
		if err != nil {
			return err
		}
		kind, err := p.kind(c.Kind)
		if err != nil {
			return err
		}
		rows = append(rows, file, text, kind, c.StartLine, c.EndLine, c.Symbol, c.Doc, c.Signature, c.Text)
	}
	ids, err := p.chunks.insert(p.ctx, p.tx, rows)
	if err != nil {
		return err
	}
	rows = rows[:0]
	for i := range f.Chunks {
		for place, s := range f.Chunks[i].Symbols {
			rows = append(rows, ids[i], place, s.Name, s.Kind, s.StartLine, s.EndLine)
		}
	}
	_, err = p.symbols.insert(p.ctx, p.tx, rows)
	return err
}

// text returns the ID of a text, new or known.
func (p *putter) text(text string) (int64, error) {
	digest := sha256.Sum256([]byte(text))
	res, err := p.addText.ExecContext(p.ctx, digest[:], text)
	if err != nil {
		return 0, err
	}
	added, err := res.RowsAffected()
	if err != nil {
		return 0, err
	}
	if added > 0 {
		return res.LastInsertId()
	}
	var id int64
	var empty bool
	err = p.findText.QueryRowContext(p.ctx, digest[:]).Scan(&id, &empty)
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
