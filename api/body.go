package api

// This file reads JSON bodies. Unknown members are refused everywhere: a misspelt "adapter" must not be answered by the
// base encoder without a word.

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"loradex/internal/fault"
)

// readBody returns a JSON body. Its length is bounded by the reader that the middleware put in place.
func readBody(r *http.Request) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		// This also keeps web pages out: a browser asks before it sends JSON across sites, and we never allow it.
		return nil, &statusError{
			status: http.StatusUnsupportedMediaType, code: fault.Invalid,
			detail: "the body is not declared as JSON", hint: "send the header Content-Type: application/json",
		}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, &statusError{
			status: http.StatusUnsupportedMediaType, code: fault.Unsupported,
			detail: "the body is compressed", hint: "send it as it is",
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return nil, err
		}
		return nil, fault.Wrap(fault.Invalid, err, "the body ends too early")
	}
	return body, nil
}

// decodeStrict reads one JSON value into out and refuses unknown members and anything behind it.
func decodeStrict(data []byte, out any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(out)
	if err == nil {
		if _, more := d.Token(); errors.Is(more, io.EOF) {
			return nil
		}
		err = errors.New("there is more behind the JSON value")
	}
	var known *fault.Error
	if errors.As(err, &known) { // a mix: it says itself what is wrong
		return err
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		name := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:] // without the Go struct that it is a member of
		return fault.New(fault.Invalid, "%q is a JSON %s, which does not fit", name, wrong.Value)
	}
	return fault.Wrap(fault.Invalid, err, "the body is not the expected JSON")
}
