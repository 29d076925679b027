package indexer

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const source = "public class Rate {\r\n  // Gebühr – je Paket\r\n  int x;\r\n}\r\n"

func encoded(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecode(t *testing.T) {
	wide := func(order unicode.Endianness, mark unicode.BOMPolicy) string {
		return encoded(t, unicode.UTF16(order, mark), source)
	}
	kanji := "// 料金表\nint fee;\n"
	for name, c := range map[string]struct {
		data, encoding, want string
		skip                 Reason
	}{
		"UTF-8":                   {source, "", source, ""},
		"UTF-8 with mark":         {"\xef\xbb\xbf" + source, "", source, ""},
		"UTF-16LE with mark":      {wide(unicode.LittleEndian, unicode.UseBOM), "", source, ""},
		"UTF-16BE with mark":      {wide(unicode.BigEndian, unicode.UseBOM), "", source, ""},
		"UTF-16LE":                {wide(unicode.LittleEndian, unicode.IgnoreBOM), "", source, ""},
		"UTF-16BE":                {wide(unicode.BigEndian, unicode.IgnoreBOM), "", source, ""},
		"UTF-16LE by attribute":   {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), kanji), "UTF-16LE-BOM", kanji, ""},
		"UTF-32":                  {encoded(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), source), "", source, ""},
		"windows-1252":            {encoded(t, charmap.Windows1252, source), "", source, ""},
		"Latin-1":                 {encoded(t, charmap.ISO8859_1, "/* Gebühr */\n"), "", "/* Gebühr */\n", ""},
		"Latin-1, UTF-8 wanted":   {encoded(t, charmap.ISO8859_1, "/* Gebühr */\n"), "utf-8", "", invalidUTF8},
		"Shift_JIS":               {encoded(t, japanese.ShiftJIS, kanji), "shift_jis", kanji, ""},
		"Shift_JIS, not told":     {encoded(t, japanese.ShiftJIS, "// ーム\n"), "", "", invalidUTF8},
		"an encoding not known":   {encoded(t, charmap.Windows1252, source), "no-such", source, ""},
		"declared to Python":      {encoded(t, japanese.ShiftJIS, "#!/bin/python\n# -*- coding: shift_jis -*-\n# 料金表\n"), "", "#!/bin/python\n# -*- coding: shift_jis -*-\n# 料金表\n", ""},
		"declared in XML":         {encoded(t, charmap.Windows1251, "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n<a>тариф</a>\n"), "", "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n<a>тариф</a>\n", ""},
		"declared too late":       {encoded(t, charmap.Windows1252, "\n\n# coding: koi8-r\n# ü\n"), "", "\n\n# coding: koi8-r\n# ü\n", ""},
		"declared, told as other": {encoded(t, charmap.Windows1252, "# coding: koi8-r\n# ü\n"), "cp1252", "# coding: koi8-r\n# ü\n", ""},
		"declared to be UTF-8":    {encoded(t, charmap.Windows1252, "# coding: utf-8\n# ü\n"), "", "# coding: utf-8\n# ü\n", ""},
		"declared wrongly":        {"# vim: fileencoding=shift_jis\n# \xfd\xfe\n", "", "", invalidUTF8},
		"UTF-16 cut in two":       {wide(unicode.LittleEndian, unicode.UseBOM) + "x", "", "", binary},
		"a program":               {"\x7fELF\x02\x01\x01\x00\x00\x00\x00", "", "", binary},
		"bytes that are no text":  {"\xe9\x02\x03", "", "", invalidUTF8},
		"zeros in every fifth":    {strings.Repeat("abcd\x00", 20), "", "", binary},
		"mark alone is no UTF-16": {"\xff\xfe\x00", "", "", binary},
	} {
		text, skip := decode([]byte(c.data), c.encoding)
		if string(text) != c.want || skip != c.skip {
			t.Errorf("%s: %q, %q", name, text, skip)
		}
	}
}
