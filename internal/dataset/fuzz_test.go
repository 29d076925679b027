package dataset

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func FuzzParseText(f *testing.F) {
	for _, seed := range []string{`{"_id":"a","title":"t","text":"x"}`, `{"_id":1,"text":""}`, `{"_id":null}`, `{`, `[]`, "null", `{"_id":"\u0000","text":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := parseText(data)
		if err != nil {
			return
		}
		if checkID(text.ID) != nil {
			t.Errorf("accepted id %q", text.ID)
		}
		if text.Text != strings.TrimSpace(text.Text) {
			t.Errorf("text is not trimmed: %q", text.Text)
		}
	})
}

func FuzzParseQrels(f *testing.F) {
	for _, seed := range []string{"query-id\tcorpus-id\tscore\nq\td\t1\n", "q 0 d 1\n", "q\td\tNaN", "\ufeffq d 1\r\n", "a\tb\t1e300", "\t\t\t"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		judged, err := ReadQrels(bytes.NewReader(data), "fuzz")
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Invalid {
				t.Errorf("an error without the code invalid: %v", err)
			}
			return
		}
		for q, docs := range judged {
			if checkID(q) != nil || len(docs) == 0 {
				t.Errorf("query %q with %d judgements", q, len(docs))
			}
			for d, grade := range docs {
				if checkID(d) != nil || !(grade <= maxGrade && grade >= -maxGrade) {
					t.Errorf("document %q with grade %g", d, grade)
				}
			}
		}
	})
}
