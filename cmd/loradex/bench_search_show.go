package main

import (
	"strconv"

	"loradex/evaluation/page"
	"loradex/evaluation/speed"
)

// This file shows what `bench search` measured.

func (p *printer) showBenchSearch(d *speed.SearchReport, server string) {
	p.showMachine(d.Machine)
	p.printf("%s", d.Neighbours)
	if d.SearchSize != nil {
		p.showSearchSize(d, server)
	} else {
		p.showSearchSizes(d)
	}
	if d.Formula != "" {
		p.printf("formula       %s\n", d.Formula)
	}
}

func (p *printer) showSearchSize(d *speed.SearchReport, server string) {
	s := d.SearchSize
	if s.Size != nil {
		p.printf("index         %s chunks, %s vectors, %s database, %s vector files, %s word files\n", thousands(s.Chunks), thousands(s.Size.Vectors),
			bytesText(s.Size.DatabaseBytes), bytesText(s.Size.VectorBytes), bytesText(s.Size.WordBytes))
	} else {
		p.printf("index         %s chunks in Qdrant at %s, filled and put into its graph in %.0f s\n", thousands(s.Chunks), server, s.BuildS)
	}
	t := page.Table{Head: []string{"MILLISECONDS", "P50", "P95", "P99", "MAX"}}
	for _, row := range []struct {
		name string
		t    speed.TimesMS
	}{{"vector part", s.Vector}, {"lexical part", s.Lexical}, {"whole query", s.Whole}, {"exact vectors", s.ExactMS}} {
		t.Add(row.name, msText(row.t.P50), msText(row.t.P95), msText(row.t.P99), msText(row.t.Max))
	}
	p.printf("%s", t.Text())
	p.printf("recall@%d     %.4f over %d queries, against the exact scan\n", d.K, s.Recall, d.Queries)
	p.printf("open          %.1f ms, first query %.1f ms\n", s.OpenMS, s.FirstMS)
	if s.Size != nil {
		p.printf("memory        %s before, %s after (%s own, %s files); the formula gives %s mapped\n", bytesText(s.Before.Total),
			bytesText(s.After.Total), bytesText(s.After.Private), bytesText(s.After.Mapped), bytesText(s.Predicted))
	}
}

func (p *printer) showSearchSizes(d *speed.SearchReport) {
	t := page.Table{Head: []string{"CHUNKS", "RECALL", "VECTOR P50", "P95", "P99", "WORDS P50", "P95", "WHOLE P50", "P95", "P99", "EXACT P50", "OPEN", "FIRST", "OWN", "MAPPED", "DISK"}}
	for _, s := range d.Sizes {
		disk := "the server's"
		if s.Size != nil {
			disk = bytesText(s.Size.DatabaseBytes + s.Size.WALBytes + s.Size.VectorBytes + s.Size.WordBytes)
		}
		t.Add(thousands(s.Chunks), strconv.FormatFloat(s.Recall, 'f', 4, 64), msText(s.Vector.P50), msText(s.Vector.P95), msText(s.Vector.P99),
			msText(s.Lexical.P50), msText(s.Lexical.P95), msText(s.Whole.P50), msText(s.Whole.P95), msText(s.Whole.P99),
			msText(s.ExactMS.P50), msText(s.OpenMS), msText(s.FirstMS),
			bytesText(s.After.Private), bytesText(s.After.Mapped), disk)
	}
	p.printf("%s", t.Text())
	p.printf("recall@%d over %d queries; times in milliseconds; memory of the process with the encoder\n", d.K, d.Queries)
}
