package api

// This file reads the input of /v1/embeddings: texts, and tokens as OpenAI's clients send them.

import (
	"encoding/json"

	"loradex/internal/fault"
)

const inputHint = `give "input" a string or a list of strings`

// input is one text, or its tokens in the vocabulary of the model.
type input struct {
	text   string
	tokens []int32
}

// inputs are those of a request, at most limit.
type inputs struct {
	limit int
	list  []input
}

// UnmarshalJSON reads a string, a list of strings, a list of tokens or a list of such lists.
func (in *inputs) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case 'n': // null
		return nil
	case '"':
		in.list = []input{{}}
		return json.Unmarshal(data, &in.list[0].text)
	case '[':
	default:
		return fault.New(fault.Invalid, "input is neither a string nor a list").WithHint(inputHint)
	}
	n := 0
	for item := range elements(data) {
		if n++; n == 1 && isNumber(item) { // the tokens of one text
			tokens, err := parseTokens(data, 0)
			in.list = []input{{tokens: tokens}}
			return err
		}
		if n > in.limit {
			continue
		}
		one, err := parseItem(item, n-1)
		if err != nil {
			return err
		}
		in.list = append(in.list, one)
	}
	switch {
	case n == 0:
		return fault.New(fault.Invalid, "input is an empty list").WithHint(inputHint)
	case n > in.limit:
		return fault.New(fault.Invalid, "%d inputs are more than %d", n, in.limit).
			WithHint("send them in several requests, or raise serve.max_inputs")
	}
	return nil
}

// parseItem reads the input at place i of a list.
func parseItem(item []byte, i int) (one input, err error) {
	if item[0] == '[' {
		one.tokens, err = parseTokens(item, i)
		return one, err
	}
	var text *string
	if err := json.Unmarshal(item, &text); err != nil || text == nil {
		return one, fault.New(fault.Invalid, "input %d is neither a string nor a list of tokens", i).WithHint(inputHint)
	}
	return input{text: *text}, nil
}

// parseTokens reads the tokens of the input at place i.
func parseTokens(list []byte, i int) ([]int32, error) {
	var tokens []int32
	for item := range elements(list) {
		var id int32
		if err := json.Unmarshal(item, &id); err != nil || id < 0 || !isNumber(item) {
			return nil, fault.New(fault.Invalid, "input %d: %.40s is not a token", i, item).WithHint("tokens are whole numbers from 0 on")
		}
		tokens = append(tokens, id)
	}
	if tokens == nil {
		return nil, fault.New(fault.Invalid, "input %d is an empty list", i).WithHint(inputHint)
	}
	return tokens, nil
}

func isNumber(value []byte) bool { return value[0] == '-' || value[0] >= '0' && value[0] <= '9' }
