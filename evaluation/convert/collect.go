package convert

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"loradex/internal/dataset"
	"loradex/internal/fault"
)

// text is a document or a query.
type text = dataset.Line

// collector gathers a data set: documents without repetitions, queries, judgements by split.
type collector struct {
	root    string // the folder that the files lie in or below
	split   string // of what says none
	docs    []text
	byText  map[string]string // ID of the document with a text
	alias   map[string]string // ID that stands for a document that was folded
	queries []text
	known   map[string]bool                  // IDs of queries
	empty   map[string]bool                  // IDs of documents and queries without a text
	judged  map[string]map[[2]string]float64 // by split: grade of (query, document)
	folded  int
	passed  int
	strict  bool // a judgement of what is not there is an error
	missing int  // such judgements
}

func newCollector(root, split string) *collector {
	return &collector{
		root: root, split: split, byText: map[string]string{}, alias: map[string]string{}, known: map[string]bool{}, empty: map[string]bool{},
		judged: map[string]map[[2]string]float64{},
	}
}

// document adds a document and returns the ID that stands for it. An empty text is "".
func (c *collector) document(d text) (string, error) {
	whole := strings.TrimSpace(*cmp.Or(d.Title, new(string)) + " " + d.Text)
	if whole == "" {
		return "", nil
	}
	if err := checkID(d.ID); err != nil {
		return "", err
	}
	if _, there := c.alias[d.ID]; there {
		return "", fault.New(fault.Invalid, "document %q is there twice", d.ID)
	}
	if same, there := c.byText[whole]; there {
		c.alias[d.ID] = same
		c.folded++
		return same, nil
	}
	c.alias[d.ID], c.byText[whole] = d.ID, d.ID
	c.docs = append(c.docs, d)
	return d.ID, nil
}

// query adds a query; false for one without a text.
func (c *collector) query(q text) (bool, error) {
	if strings.TrimSpace(q.Text) == "" {
		return false, nil
	}
	if err := checkID(q.ID); err != nil {
		return false, err
	}
	if c.known[q.ID] {
		return false, fault.New(fault.Invalid, "query %q is there twice", q.ID)
	}
	c.known[q.ID] = true
	c.queries = append(c.queries, q)
	return true, nil
}

// judge says how relevant a document is to a query. Where several documents were folded the best grade counts.
func (c *collector) judge(split, query, doc string, grade float64) {
	if c.judged[split] == nil {
		c.judged[split] = map[[2]string]float64{}
	}
	pair := [2]string{query, doc}
	if old, there := c.judged[split][pair]; !there || grade > old {
		c.judged[split][pair] = grade
	}
}

// pair is a query with its one answer, each under the same number.
func (c *collector) pair(split, id, query string, doc text) error {
	if strings.TrimSpace(query) == "" || strings.TrimSpace(doc.Text) == "" {
		c.passed++
		return nil
	}
	d, err := c.document(doc)
	if err != nil {
		return err
	}
	if _, err := c.query(text{ID: id, Text: query}); err != nil {
		return err
	}
	c.judge(split, id, d, 1)
	return nil
}

// checkID refuses what would break the columns of a file of judgements.
func checkID(id string) error {
	if id == "" || strings.ContainsAny(id, " \t\r\n") {
		return fault.New(fault.Invalid, "the ID %q is empty or has blanks", id)
	}
	return nil
}

// finish counts, and refuses a data set that answers nothing.
func (c *collector) finish(r *Report) error {
	r.Documents, r.Queries, r.Judgements = len(c.docs), len(c.queries), map[string]int{}
	relevant := 0
	for split, judged := range c.judged {
		r.Judgements[split] = len(judged)
		for _, grade := range judged {
			if grade > 0 {
				relevant++
			}
		}
	}
	if relevant == 0 {
		return fault.New(fault.Invalid, "no question in these files has an answer (%d documents, %d queries)", len(c.docs), len(c.queries)).
			WithHint("is this the format that the files have?")
	}
	return nil
}

// folder is what the BEIR folder holds.
func (c *collector) folder() dataset.Folder {
	f := dataset.Folder{Docs: c.docs, Queries: c.queries, Judged: map[dataset.Split][]dataset.Judged{}, Mode: 0o644} // data for everybody
	for split, judged := range c.judged {
		pairs := slices.SortedFunc(maps.Keys(judged), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
		for _, p := range pairs {
			f.Judged[dataset.Split(split)] = append(f.Judged[dataset.Split(split)], dataset.Judged{Query: p[0], Doc: p[1], Grade: judged[p]})
		}
	}
	return f
}
