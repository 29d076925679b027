package indexer

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// This file makes UTF-8 of what a file holds. Lines stay where they are: every encoding here has its own "\n".

// utf8Mark is the byte order mark that some editors put before UTF-8 text.
var utf8Mark = []byte("\xef\xbb\xbf")

// declared is an encoding that a text names in its first lines: Python's, Ruby's and Emacs's "coding", Vim's "fileencoding",
// XML's declaration.
var declared = regexp.MustCompile(`(?:coding[:=]\s*|<\?xml[^>]*\sencoding=["'])([-\w.]+)`)

// declaredLines is how many lines it may stand in.
const declaredLines = 2

// declaredIn is the encoding that a text which is no UTF-8 says to be in; nil where it says nothing that is known.
func declaredIn(data []byte) encoding.Encoding {
	head := data[:min(len(data), 1024)]
	for range declaredLines {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if found := declared.FindSubmatch(line); len(found) == 2 && !strings.EqualFold(string(found[1]), encodingUTF8) {
			return encodingNamed(string(found[1]))
		}
		head = rest
	}
	return nil
}

// marks are the byte order marks of other encodings, the longer ones first: that of UTF-32 begins as that of UTF-16.
var marks = []struct {
	mark string
	of   encoding.Encoding
}{
	{"\xff\xfe\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\x00\x00\xfe\xff", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// encodingUTF8 is the name of no other encoding: a file is UTF-8, or is passed over.
const encodingUTF8 = "utf-8"

// encodingNamed finds an encoding by the names that the web has for it, and by git's; nil where it is not known.
func encodingNamed(name string) encoding.Encoding {
	e, err := htmlindex.Get(strings.TrimSuffix(strings.ToLower(name), "-bom"))
	if err != nil {
		return nil
	}
	return e
}

// decode returns the UTF-8 of a content, without its byte order mark; binary where it is no text, invalidUTF8 where its
// encoding is not known. name is what the repository or the settings call its encoding.
func decode(data []byte, name string) (text []byte, skip Reason) {
	if bytes.HasPrefix(data, utf8Mark) {
		return plain(data[len(utf8Mark):])
	}
	for _, m := range marks {
		if strings.HasPrefix(string(data[:min(4, len(data))]), m.mark) {
			if text, ok := decodeAs(m.of, data[len(m.mark):]); ok {
				return text, ""
			}
			break
		}
	}
	named := encodingNamed(name)
	if wide := named != nil && strings.HasPrefix(strings.ToLower(name), "utf-16"); wide {
		if text, ok := decodeAs(named, data); ok {
			return text, ""
		}
	}
	if e := wideWithoutMark(data); e != nil {
		if text, ok := decodeAs(e, data); ok {
			return text, ""
		}
	}
	text, skip = plain(data)
	if skip != invalidUTF8 || strings.EqualFold(name, encodingUTF8) {
		return text, skip
	}
	for _, e := range []encoding.Encoding{named, declaredIn(data), charmap.Windows1252} {
		if e == nil {
			continue
		}
		if text, ok := decodeAs(e, data); ok {
			return text, ""
		}
		break
	}
	return nil, invalidUTF8
}

// plain is a content that is taken as UTF-8.
func plain(data []byte) ([]byte, Reason) {
	switch {
	case bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0:
		return nil, binary
	case !utf8.Valid(data):
		return nil, invalidUTF8
	}
	return data, ""
}

// decodeAs decodes what is text in an encoding: without a byte that the encoding does not have, and without control
// characters that no text has.
func decodeAs(e encoding.Encoding, data []byte) ([]byte, bool) {
	text, err := e.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, false
	}
	for _, c := range string(text) {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != '\b' && c != '\x1b' || c >= 0x7f && c < 0xa0 {
			return nil, false
		}
	}
	return text, true
}

// wideWithoutMark recognises UTF-16 without a byte order mark: where most characters are ASCII, every second byte is zero
// and no other one is.
func wideWithoutMark(data []byte) encoding.Encoding {
	head := data[:min(len(data), 4096)&^1]
	if len(data)%2 != 0 || len(head) < 4 {
		return nil
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(head) / 2; {
	case zeros[0] == 0 && zeros[1]*10 >= half*7:
		return marks[2].of
	case zeros[1] == 0 && zeros[0]*10 >= half*7:
		return marks[3].of
	}
	return nil
}
