package experiment

import (
	"context"

	"loradex/indexer"
	"loradex/indexer/chunk"
	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// applyTemplate replaces the text of every document by what an index would encode for it: the document is taken for one
// chunk, with the symbol and the doc comment that the chunker finds in it, and the path that its id names, if any. docs
// get the same, so that word search sees what an index has.
func applyTemplate(ctx context.Context, ds *dataset.Dataset, docs []indexer.File, t indexer.Template) error {
	if err := t.Validate(); err != nil {
		return fault.Usage(err)
	}
	for i := range ds.Docs {
		d, doc, c := &ds.Docs[i], &docs[i], &docs[i].Chunks[0]
		file := fileOf(d.ID)
		if file != "" {
			doc.Path = d.ID // the file alone would not be unique
		}
		parts, err := chunk.Split(ctx, doc.Language, []byte(d.Text))
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.Symbol != "" && p.Kind != chunk.KindWindow {
				c.Symbol, c.Kind, c.Doc = p.Symbol, p.Kind, p.Doc
				break
			}
		}
		d.Text = t.Text(file, c)
		doc.Texts[0] = d.Text
	}
	return nil
}
