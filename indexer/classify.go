package indexer

import (
	"bytes"
	"strings"

	"github.com/go-enry/go-enry/v2"
)

// This file decides whether a file is worth an index, and in which language it is written. Code and prose are; data
// are not. The order of the questions is that of the reasons in source.go.
//
// What counts as vendored is a short list of our own: go-enry's takes out every folder called cache, env, dist, deps or
// .github, which in most repositories hold the project's own code. Type declarations (*.d.ts) stay in for the same
// reason.

// headBytes is how much of a content the detection of its language reads. It decides by modelines, shebangs, patterns
// and a classifier over tokens, which a head serves as well.
const headBytes = 16 << 10

// rules decide over files: what the settings say, and which folders of the snapshot are the project's own.
type rules struct {
	data     string          // Options.Data
	encoding string          // Options.Encoding
	own      map[string]bool // folders called vendor that hold the project's own code
}

// skipByPath returns the reason to pass a file over without reading it, or "". A size of -1 is not known.
func (r rules) skipByPath(path string, size int64, m Marks) Reason {
	name := strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
	extension := ""
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		extension = name[dot+1:]
	}
	byFolder, byName := m.Taken != NotTaken, m.Taken == TakenByName
	switch {
	case !byFolder && (m.Vendored == MarkedOn || m.Vendored == Unmarked && m.Documentation != MarkedOn && r.isVendored(path)):
		return vendored
	case !byFolder && m.Generated == MarkedOn:
		return generated
	case binaryExtensions[extension] && !byName:
		return binary
	case byName || r.data == DataAll || m.Documentation == MarkedOn && !isLock(name):
	case dataExtensions[extension] || isLock(name):
		return Data
	case configExtensions[extension] && !r.takesConfig(path, name, size):
		return Data
	}
	if !byFolder && m.Generated != MarkedOff && (strings.HasSuffix(name, ".min.js") || strings.HasSuffix(name, ".min.css")) {
		return minified
	}
	return ""
}

// isLock tells whether a file is one that programs keep beside the code.
func isLock(name string) bool {
	return dataNames[name] || strings.HasSuffix(name, "-lock.yaml") || strings.HasSuffix(name, ".lock.json")
}

// configBytes is how large a file of data may be to count as configuration, which people write; generated data are larger.
const (
	configBytes  = 16 << 10
	projectBytes = 256 << 10
)

// takesConfig tells whether a file in a language of data describes a project, or configures something. A size that is not
// known is asked for again when the file was read.
func (r rules) takesConfig(path, name string, size int64) bool {
	if r.data == DataNone {
		return false
	}
	if isNotebook(name) || size < 0 {
		return true
	}
	for folder := range strings.SplitSeq(strings.ToLower(path), "/") {
		if fixtureFolders[folder] {
			return false
		}
	}
	return size <= configBytes || projectNames[name] && size <= projectBytes
}

// classify returns the language of a file (lower case, "" where it is unknown) and its text, or the reason to pass it over.
func (r rules) classify(path string, data []byte, m Marks) (language string, text []byte, skip Reason) {
	name := m.Encoding
	if name == "" {
		name = r.encoding
	}
	if text, skip = decode(data, name); skip != "" {
		return "", nil, skip
	}
	byFolder, byName := m.Taken != NotTaken, m.Taken == TakenByName
	file := strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
	if isNotebook(path) {
		nb, err := parseNotebook(text)
		switch {
		case err == nil && len(nb.cells) == 0:
			return "", nil, Empty
		case err == nil && nb.language != "":
			return nb.language, text, ""
		case err == nil:
			return "jupyter notebook", text, ""
		}
		return "", nil, Data
	}
	head := text[:min(len(text), headBytes)]
	title := enry.GetLanguage(path, head)
	if named, ok := enry.GetLanguageByAlias(m.Language); ok {
		title = named
	}
	kind := enry.GetLanguageType(title)
	language = strings.ToLower(title)
	if other := included(path, language, string(head)); other != "" && m.Language == "" {
		language = other
	}
	isData := kind == enry.Data && !codeLikeData[language] && m.Language == ""
	switch {
	case isData && !byName && r.data != DataAll && m.Documentation != MarkedOn &&
		(!configLanguages[language] || !r.takesConfig(path, file, int64(len(data)))):
		return "", nil, Data
	case len(bytes.TrimSpace(text)) == 0:
		return "", nil, Empty
	case packedLanguages[language] && !byFolder && m.Generated != MarkedOff && m.Documentation != MarkedOn && isMinified(text):
		return "", nil, minified
	case !byFolder && m.Generated != MarkedOff && isGenerated(path, text):
		return "", nil, generated
	}
	return language, text, ""
}

// isGenerated asks go-enry, which takes every script with lines of more than 110 bytes for minified: of those it sees how
// the lines begin.
func isGenerated(path string, text []byte) bool {
	const enough = 100
	if strings.HasSuffix(path, ".js") || strings.HasSuffix(path, ".css") {
		var heads []byte
		for line := range bytes.Lines(text) {
			if len(line) > enough {
				line = append(bytes.Clone(line[:enough]), '\n')
			}
			heads = append(heads, line...)
		}
		text = heads
	}
	return enry.IsGenerated(path, text)
}

// isVendored tells whether a folder of the path holds copies of other people's code.
func (r rules) isVendored(path string) bool {
	for at := 0; ; {
		n := strings.IndexByte(path[at:], '/')
		if n < 0 {
			return false
		}
		if folder := path[at : at+n]; vendorFolders[folder] && !(folder == ambiguousVendor && r.own[path[:at+n]]) {
			return true
		}
		at += n + 1
	}
}
