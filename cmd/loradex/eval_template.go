package main

import (
	"context"
	"path"
	"regexp"
	"strings"

	"github.com/go-enry/go-enry/v2"

	"loradex/evaluation/dataset"
	"loradex/indexer"
	"loradex/indexer/chunk"
)

// placeID is the id of a document that names its place: "archive/tar/common.go:287".
var placeID = regexp.MustCompile(`^(.+\.[A-Za-z0-9]+):\d+$`)

// applyTemplate replaces the text of every document by what an index would encode for it: the document is taken for one
// chunk, with the symbol and the doc comment that the chunker finds in it, and the path that its id names, if any.
func applyTemplate(ctx context.Context, ds *dataset.Dataset, t indexer.Template, language string) error {
	if err := t.Validate(); err != nil {
		return usage(err)
	}
	for i := range ds.Docs {
		d := &ds.Docs[i]
		file := ""
		if m := placeID.FindStringSubmatch(d.ID); m != nil {
			file = m[1]
		}
		lang := language
		if lang == "" && file != "" {
			name, _ := enry.GetLanguageByExtension(path.Base(file))
			lang = strings.ToLower(name)
		}
		c := indexer.Chunk{StartLine: 1, EndLine: 1 + strings.Count(d.Text, "\n"), Text: d.Text}
		parts, err := chunk.Split(ctx, lang, []byte(d.Text), chunk.Options{})
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.Symbol != "" && p.Kind != chunk.KindWindow {
				c.Symbol, c.Kind, c.Doc, c.Signature = p.Symbol, p.Kind, p.Doc, ""
				break
			}
		}
		d.Text = t.Text(file, &c)
	}
	return nil
}
