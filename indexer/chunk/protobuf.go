package chunk

import "regexp"

// protobufGrammar goes by a plain rule: messages, enums and services with their calls.
func protobufGrammar() *grammar {
	return &grammar{
		name:     "protocol buffer",
		version:  "2", // 1 was windows
		comments: []string{plainComment},
		plain: &plainRule{
			define: regexp.MustCompile(`(?m)(?:^|[{};])[ \t]*(message|enum|service|rpc|extend)\s+([\w.]+)\s*[{(]`),
			end:    protobufEnd, line: "//", quotes: `"'`,
		},
		rules: map[string][]rule{
			"message": class(KindType),
			"extend":  class(KindType),
			"enum":    class(KindEnum),
			"service": class(KindInterface),
			"rpc":     one(rule{kind: KindMethod, whole: true}),
		},
	}
}

// protobufEnd is behind the block of a definition, or behind the mark that stands in its place.
func protobufEnd(code []byte, at []int) int {
	depth := 0
	for i := at[5]; i < len(code); i++ {
		switch code[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth <= 0 {
				return i + 1
			}
		case ';':
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(code)
}
