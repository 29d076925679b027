package convert

import (
	"context"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// part says what a file of a BEIR-like export holds, by its name and those of its folders: corpus, queries or judgements.
func (c *collector) part(path string) string {
	for _, name := range c.namesOf(path) {
		word, _, _ := strings.Cut(name, ".")
		word, _, _ = strings.Cut(word, "-")
		switch word {
		case "corpus", "queries":
			return word
		case "qrels", "default", "data":
			return "qrels"
		}
	}
	return ""
}

// readBEIR reads exports of CoIR, MTEB and BEIR: fields _id (or id), title, text; query-id, corpus-id, score. Judgements
// come last, because they name documents that may have been folded.
func readBEIR(ctx context.Context, files []string, to *collector) error {
	for _, wanted := range []string{"corpus", "queries", "qrels"} {
		found := false
		for _, path := range files {
			if to.part(path) != wanted {
				continue
			}
			found = true
			if err := readPart(ctx, wanted, path, to); err != nil {
				return err
			}
		}
		if !found {
			return fault.New(fault.NotFound, "no file holds the %s", wanted).
				WithHint("files or folders are called corpus, queries, and qrels, default or data")
		}
	}
	return nil
}

func readPart(ctx context.Context, wanted, path string, to *collector) error {
	if strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".tsv") {
		if wanted != "qrels" {
			return nil
		}
		return readTSV(ctx, path, to)
	}
	return eachRow(ctx, path, func(r Row) error {
		switch wanted {
		case "corpus":
			own := r.text("_id", "id", "corpus-id")
			d := text{ID: own, Text: r.text("text"), Language: r.text("language")}
			if title := r.text("title"); title != "" {
				d.Title = &title
			}
			id, err := to.document(d)
			if id == "" && err == nil {
				to.pass(own)
			}
			return err
		case "queries":
			own := r.text("_id", "id", "query-id")
			ok, err := to.query(text{ID: own, Text: r.text("text", "query"), Group: r.group()})
			if !ok && err == nil {
				to.pass(own)
			}
			return err
		default:
			grade, ok := r.number("score", "relevance")
			if !ok {
				return fault.New(fault.Invalid, "a judgement without a score")
			}
			return to.named(to.splitOf(path), r.text("query-id", "query_id"), r.text("corpus-id", "corpus_id"), grade)
		}
	})
}

// named judges by the IDs of the files. A judgement of what no file holds is counted, or with strict refused; an empty document or
// query was passed over, and so is its judgement.
func (c *collector) named(split, query, doc string, grade float64) error {
	id, there := c.alias[doc]
	noDoc, noQuery := !there && !c.empty[doc], !c.known[query] && !c.empty[query]
	switch {
	case (noDoc || noQuery) && !c.strict:
		c.missing++
		return nil
	case noDoc:
		return fault.New(fault.Invalid, "document %q is judged, and no file of the corpus holds it", doc).WithHint("is a file of the corpus missing?")
	case noQuery:
		return fault.New(fault.Invalid, "query %q is judged, and no file of the queries holds it", query).WithHint("is a file of the queries missing?")
	case !there || !c.known[query]:
		c.passed++
		return nil
	}
	c.judge(split, query, id, grade)
	return nil
}

// pass counts a text that is empty, and remembers whose it was.
func (c *collector) pass(id string) {
	c.empty[id] = true
	c.passed++
}

// readTSV reads judgements in the columns of BEIR or TREC.
func readTSV(ctx context.Context, path string, to *collector) error {
	file, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	judged, err := dataset.ReadQrels(file, path)
	if err != nil {
		return err
	}
	for query, docs := range judged {
		if err := ctx.Err(); err != nil {
			return fault.Wrap(fault.Canceled, err, "converting stopped")
		}
		for doc, grade := range docs {
			if err := to.named(to.splitOf(path), query, doc, grade); err != nil {
				return err
			}
		}
	}
	return nil
}
