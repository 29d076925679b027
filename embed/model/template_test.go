package model

import (
	"testing"

	"loradex/embed/arch"
)

// FuzzPairParts: whatever a tokenizer.json holds, its template is read or refused.
func FuzzPairParts(f *testing.F) {
	for _, seed := range []string{
		`null`, `{"type":"ByteLevel"}`, `{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}`,
		`{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0],"trim_offsets":true}`,
		`{"type":"TemplateProcessing","pair":[{"SpecialToken":{"id":"x","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"x":{"id":"x","ids":[1,2],"tokens":["x","y"]}}}`,
		`{"type":"Sequence","processors":[{"type":"Sequence","processors":[{"type":"ByteLevel"}]}]}`,
		`{"type":"BertProcessing","sep":["[SEP]",99999999999]}`, `{"type":"TemplateProcessing","pair":[{}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parts, err := pairParts(data)
		if err != nil {
			return
		}
		for _, p := range parts {
			if p.Text < 0 || p.Text > 2 || p.Text > 0 && len(p.Special) > 0 {
				t.Errorf("part %+v", p)
			}
			for _, id := range p.Special {
				if id < -1 || id >= arch.MaxRows {
					t.Errorf("token %d", id)
				}
			}
		}
	})
}
