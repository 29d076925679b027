package indexer

import (
	"fmt"
	"testing"
)

const notebookText = `{
 "cells": [
  {
   "cell_type": "markdown",
   "source": [
    "# Parcel rates\n",
    "\n",
    "Zones and fees."
   ]
  },
  {
   "cell_type": "code",
   "outputs": [{"data": {"image/png": "AAAA"}, "source": ["not this"]}],
   "source": [
    "def zone_of(postcode):\n",
    "    return postcode[:2]\n"
   ]
  },
  {"cell_type": "code", "source": "%%bash\nls -l\n"},
  {"cell_type": "raw", "source": [" \n"]}
 ],
 "metadata": {"language_info": {"name": "python"}, "kernelspec": 5},
 "nbformat": 4
}
`

func TestNotebook(t *testing.T) {
	for _, c := range []struct {
		text, language string
		reason         Reason
		want           []string // lines, kind and symbol of each chunk
	}{
		{notebookText, "python", "", []string{"6-8 section Parcel rates", "15-16 function zone_of", "19-19 module "}},
		{
			`{"cells":[{"cell_type":"code","source":["def f():\n","    return 1"]}],"metadata":{"kernelspec":{"language":"python"}}}`, "python", "",
			[]string{"1-1 function f"},
		},
		{
			"{\"worksheets\": [{\"cells\": [\n{\"cell_type\": \"code\", \"language\": \"python\",\n\"input\": [\n\"def old():\\n\",\n\"  pass\"]}]}]}",
			"jupyter notebook", "",
			[]string{"4-5 function old"},
		},
		{`{"cells":[{"cell_type":"code","source":["library(x)\n"]}],"metadata":{"language_info":{"name":"R"}}}`, "r", "", []string{"1-1 window "}},
		{`{"cells":[]}`, "", Empty, nil},
		{`{"cells":[{"source":7}]}`, "", Data, nil},
		{`{"a":[1,{"b":2}]}`, "", Data, nil},
		{`{"cells":[{"source":"a"`, "", Data, nil},
		{`[]`, "", Data, nil},
	} {
		f, reason, err := FileOf(t.Context(), "rates.ipynb", []byte(c.text), Marks{}, Options{})
		if err != nil || f.Language != c.language || reason != c.reason || len(f.Chunks) != len(c.want) {
			t.Errorf("%.60q: %q %q %v, %d chunks %+v", c.text, f.Language, reason, err, len(f.Chunks), f.Chunks)
			continue
		}
		for i, k := range f.Chunks {
			if got := fmt.Sprintf("%d-%d %s %s", k.StartLine, k.EndLine, k.Kind, k.Symbol); got != c.want[i] {
				t.Errorf("%.60q: chunk %q, want %q", c.text, got, c.want[i])
			}
		}
		if err := f.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzNotebook(f *testing.F) {
	f.Add([]byte(notebookText))
	f.Add([]byte(`{"cells":[{"source":["a\n","b"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, _, err := FileOf(t.Context(), "x.ipynb", data, Marks{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		lines := 1
		for _, b := range data {
			if b == '\n' {
				lines++
			}
		}
		for _, k := range file.Chunks {
			if k.StartLine < 1 || k.EndLine < k.StartLine || k.EndLine > lines {
				t.Errorf("lines %d-%d of %d", k.StartLine, k.EndLine, lines)
			}
		}
	})
}
