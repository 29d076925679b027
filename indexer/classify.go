package indexer

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-enry/go-enry/v2"
)

// This file decides whether a file is worth an index, and in which language it is written. Code and prose are; data
// are not. The order of the questions is that of the reasons in source.go.
//
// What counts as vendored is a short list of our own: go-enry's takes out every folder called cache, env, dist, deps or
// .github, which in most repositories hold the project's own code. Type declarations (*.d.ts) stay in for the same
// reason.

// utf8Mark is the byte order mark that some editors put before UTF-8 text.
var utf8Mark = []byte("\xef\xbb\xbf")

// headBytes is how much of a content the detection of its language reads. It decides by modelines, shebangs, patterns
// and a classifier over tokens, which a head serves as well.
const headBytes = 16 << 10

// skipByPath returns the reason to pass a file over without reading it, or "".
func skipByPath(path string) Reason {
	if isVendored(path) {
		return vendored
	}
	name := strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
	extension := ""
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		extension = name[dot+1:]
	}
	switch {
	case binaryExtensions[extension]:
		return binary
	case dataExtensions[extension] || dataNames[name] || strings.HasSuffix(name, "-lock.yaml"):
		return Data
	case strings.HasSuffix(name, ".min.js") || strings.HasSuffix(name, ".min.css"):
		return minified
	}
	return ""
}

// classify returns the language of a file (lower case, "" where it is unknown), or the reason to pass it over.
func classify(path string, data []byte) (language string, skip Reason) {
	if enry.IsBinary(data) {
		return "", binary
	}
	data = bytes.TrimPrefix(data, utf8Mark)
	head := data
	if len(head) > headBytes {
		head = head[:headBytes]
	}
	name := enry.GetLanguage(path, head)
	kind := enry.GetLanguageType(name)
	language = strings.ToLower(name)
	switch {
	case kind == enry.Data && !codeLikeData[language]:
		return "", Data
	case len(bytes.TrimSpace(data)) == 0:
		return "", Empty
	case !utf8.Valid(data):
		return "", invalidUTF8
	case kind != enry.Prose && name != "" && isMinified(data):
		return "", minified
	case enry.IsGenerated(path, data):
		return "", generated
	}
	return language, ""
}

// isMinified tells whether lines are far longer than anyone writes them: 200 bytes on average over those that are not
// blank. Short files may be one long line.
func isMinified(data []byte) bool {
	const least, average = 2048, 200
	if len(data) < least {
		return false
	}
	lines := 0
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) > 0 {
			lines++
		}
	}
	return len(data) > average*lines
}

// isVendored tells whether a folder of the path holds copies of other people's code.
func isVendored(path string) bool {
	for {
		folder, rest, found := strings.Cut(path, "/")
		if !found {
			return false
		}
		if vendorFolders[folder] {
			return true
		}
		path = rest
	}
}
