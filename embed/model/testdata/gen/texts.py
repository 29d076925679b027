"""Texts that tokenizers are known to stumble over, for the golden files."""

SENTENCES = [
    "def read_file(path): return open(path).read()",
    "func (m *Model) Close() error { return m.weights.close() }",
    "sort a list of numbers",
    "The quick brown fox jumps over the lazy dog.",
    "",
    "Café naïve résumé",
    "中文 and English mixed 日本語",
    "x = y ** 2 + 3.14e-10",
    "if err != nil {\n\treturn nil, fmt.Errorf(\"open: %w\", err)\n}",
    "emoji 🚀 and a family 👨‍👩‍👧",
    "a" * 130,
    "one two three " * 40,
]

TRICKY = SENTENCES + [
    " ", "\n", "\t", "  two  spaces  ", "\u00a0non\u00a0breaking\u00a0", "tabs\tand\nnewlines\r\n", "\u200bzero\u200bwidth\u200b",
    "\ufeffbyte order mark", "null\x00byte", "bell\x07", "\x7f", "soft\u00adhyphen", "\u2028line\u2029paragraph",
    "[CLS]", "[SEP] in the middle [SEP]", "[MASK]", "a[MASK]b", " [MASK] ", "[unk]", "[UNK]", "[PAD]", "[cls]",
    "<s>", "</s>", "<mask>", "a <mask> b", "a<mask>b", "<pad>", "<unk>", "<encoder-only>", "a <encoder-only> b",
    "<new>", "a<new>b", "A <NEW> B", " <extra> ", "x<extra>y", "##ing", "##", "#", "a##b",
    "don't won't I'll you're they've", "'s 't 're", "it's", "IT'S", "camelCaseName", "snake_case_name", "SCREAMING_CASE",
    "kebab-case", "HTTPServer2XMLParser", "i18n", "v1.2.3-rc1", "0x1F600", "1_000_000", "3.14159", "1e-10", "١٢٣",
    "a.b.c", "a->b::c", "x!=y==z", "&&||!", "{}[]()<>", "\\n\\t\\\\", "C:\\path\\to", "/usr/bin/env", "https://example.org/a?b=c&d=e#f",
    "user@example.org", "$HOME", "%d%%", "^~`", "“quotes” ‘single’ „low“", "en–dash em—dash", "ellipsis…", "©®™", "½ ² ₂ ①",
    "ﬁ ligature ﬂ", "ＦＵＬＬ ｗｉｄｔｈ", "Straße STRASSE ẞ", "İstanbul ıI", "ΑΒΓ αβγ ς", "Привет, мир", "שלום", "مرحبا", "हिन्दी",
    "ไทย", "한국어 텍스트", "ひらがな カタカナ", "中", "a中b", "㐀𠀀", "e\u0301 combining", "n\u0303o", "a\u0308\u0308", "z̷a̷l̷g̷o̷",
    "👍🏽", "🇩🇪", "❤️", "\U0001f468\u200d\U0001f4bb", "\ue000 private", "\ufffd", "\U0010ffff", "ǅ ǆ", "ŉ", "Å Å",
    "x" * 101, "word" * 30, ("ab " * 60).strip(), "a\u0300" * 60,
]
