package api

// This file reads JSON bodies. Unknown members are refused everywhere: a misspelt "adapter" must not be answered by the
// base encoder without a word.

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"strings"

	"loradex/internal/fault"
)

// decodeBody reads the JSON body of a request into out. Its length is bounded by the reader that the middleware put in place.
func decodeBody(r *http.Request, out any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		// This also keeps web pages out: a browser asks before it sends JSON across sites, and we never allow it.
		return &statusError{
			status: http.StatusUnsupportedMediaType, code: fault.Invalid,
			detail: "the body is not declared as JSON", hint: "send the header Content-Type: application/json",
		}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return &statusError{
			status: http.StatusUnsupportedMediaType, code: fault.Unsupported,
			detail: "the body is compressed", hint: "send it as it is",
		}
	}
	return decodeStrict(r.Body, out)
}

// decodeStrict reads one JSON value into out and refuses unknown members and anything behind it.
func decodeStrict(from io.Reader, out any) error {
	d := json.NewDecoder(from)
	d.DisallowUnknownFields()
	err := d.Decode(out)
	if err == nil {
		_, more := d.Token()
		if errors.Is(more, io.EOF) {
			return nil
		}
		err = errors.New("there is more behind the JSON value")
		var tooLong *http.MaxBytesError
		if errors.As(more, &tooLong) {
			err = more
		}
	}
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return err
	}
	var known *fault.Error
	if errors.As(err, &known) { // a mix: it says itself what is wrong
		return err
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		name := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:] // without the Go struct that it is a member of
		if name == "" {
			return fault.New(fault.Invalid, "the body is a JSON %s, and no object", wrong.Value)
		}
		return fault.New(fault.Invalid, "%q is a JSON %s, which does not fit", name, wrong.Value)
	}
	return fault.Wrap(fault.Invalid, err, "the body is not the expected JSON")
}

// elements are the values of a JSON list that is known to be well-formed, without a copy of any.
func elements(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		depth, from, quoted := 0, 0, false
		for i := 0; i < len(list); i++ {
			c := list[i]
			switch {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '[' || c == '{':
				if depth++; depth == 1 {
					from = i + 1
				}
			case c == ',' && depth == 1, c == ']' && depth == 1:
				item := bytes.TrimSpace(list[from:i])
				if c == ']' && len(item) == 0 || !yield(item) || c == ']' {
					return
				}
				from = i + 1
			case c == ']' || c == '}':
				depth--
			}
		}
	}
}
