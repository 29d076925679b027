package agents

// This file puts a block of text at the end of a file: a table of TOML, or lines between two marks in Markdown.

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"loradex/internal/fault"
)

// The marks around our lines in files of instructions.
const (
	beginMark = "<!-- loradex -->"
	endMark   = "<!-- /loradex -->"
)

// advice is what agents are told, in all their forms.
const advice = `## Finding code

Ask the tool ` + "`search`" + ` of the server ` + "`loradex`" + ` before you grep, list folders or read files to find something: one question in plain
words ("where is the lock taken") or an identifier finds the place, by meaning and by words. Then:

- ` + "`read`" + ` gives the code of a hit's handle, with ` + "`around`" + ` for the lines about it. Read what you need, not whole files.
- ` + "`similar`" + ` finds code like a place: other callers' patterns, copies that need the same fix.
- Narrow with ` + "`path`, `lang` or `kind`" + `; bound an answer with ` + "`tokens`" + `; ` + "`changed: main`" + ` looks at work in progress.
- Use grep when every occurrence of an exact text is wanted.

Answers are of the files as they are now; nothing has to be indexed by hand.
`

const skill = `---
name: loradex
description: Finds code in this repository by what it does. Use it whenever you look for where something is done, defined or used, before grep.
---
` + beginMark + "\n" + advice

const rule = `---
description: How to find code in this repository
alwaysApply: true
---
` + beginMark + "\n" + advice

// ours is an edit of a file that is wholly ours.
func ours(path, text string) edit {
	return edit{
		path: path,
		put: func(old []byte) ([]byte, error) {
			if old != nil && !bytes.Contains(old, []byte(beginMark)) {
				return nil, fault.New(fault.Conflict, "there is another file").WithHint("move it away; nothing was written")
			}
			return []byte(text), nil
		},
		take: func(old []byte) ([]byte, error) {
			if bytes.Contains(old, []byte(beginMark)) {
				return nil, nil
			}
			return old, nil
		},
	}
}

// block is an edit of a file of instructions that has our lines between two marks.
func block(path string) edit {
	lines := beginMark + "\n" + advice + endMark + "\n"
	return edit{
		path: path,
		put: func(old []byte) ([]byte, error) {
			from, to, err := markedIn(old)
			if err != nil {
				return nil, err
			}
			if to == 0 {
				return appended(old, lines), nil
			}
			nl := newline(old)
			return append(append(bytes.Clone(old[:from]), strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", nl)...), old[to:]...), nil
		},
		take: func(old []byte) ([]byte, error) {
			from, to, err := markedIn(old)
			if err != nil || to == 0 {
				return old, err
			}
			return unappended(old, from, to, string(old[from:to])), nil
		},
	}
}

// markedIn finds our lines, both marks included; 0, 0 where there are none.
func markedIn(text []byte) (from, to int, err error) {
	from, to = bytes.Index(text, []byte(beginMark)), bytes.Index(text, []byte(endMark))
	switch {
	case !utf8.Valid(text):
		return 0, 0, fault.New(fault.Invalid, "it is not UTF-8").WithHint("mend the file; nothing was written")
	case from < 0 && to < 0:
		return 0, 0, nil
	case from < 0 || to < from:
		return 0, 0, fault.New(fault.Invalid, "one of the marks %s and %s is missing", beginMark, endMark).WithHint("mend the file; nothing was written")
	}
	return from, to + len(endMark), nil
}

// table is an edit of Codex's configuration.
func (o Options) table(path string) edit {
	const header = "[mcp_servers." + serverName + "]"
	return edit{
		path: path,
		put: func(old []byte) ([]byte, error) {
			have, there, err := tableIn(old)
			if err != nil {
				return nil, err
			}
			if there && have != o.Command {
				return nil, fault.New(fault.Conflict, "it has another entry %s", header).WithHint("take it out, or run the command with --uninstall first")
			}
			if there {
				return old, nil
			}
			now := appended(old, header+"\ncommand = "+quote(o.Command)+"\nargs = [\"mcp\"]\n")
			if _, there, err := tableIn(now); err != nil || !there { // mcp_servers may be an inline table
				return nil, fault.New(fault.Invalid, "a table cannot be added to mcp_servers as it is written").WithHint("write it as [mcp_servers.NAME]; nothing was written")
			}
			return now, nil
		},
		take: func(old []byte) ([]byte, error) {
			have, there, err := tableIn(old)
			if err != nil || !there {
				return old, err
			}
			nl := newline(old)
			lines := strings.Join([]string{header, "command = " + quote(have), "args = [\"mcp\"]"}, nl)
			from := bytes.Index(old, []byte(lines))
			if from < 0 {
				return nil, fault.New(fault.Conflict, "the entry %s is not as it was written", header).WithHint("take it out by hand; nothing was written")
			}
			return unappended(old, from, from+len(lines), lines), nil
		},
	}
}

// tableIn returns the command of our server in a configuration.
func tableIn(text []byte) (command string, there bool, err error) {
	var c map[string]any
	if err := toml.Unmarshal(text, &c); err != nil {
		return "", false, fault.Wrap(fault.Invalid, err, "it is not TOML").WithHint("mend the file; nothing was written")
	}
	servers, ok := c["mcp_servers"].(map[string]any)
	if !ok && c["mcp_servers"] != nil {
		return "", false, fault.New(fault.Invalid, "mcp_servers is no table").WithHint("mend the file; nothing was written")
	}
	entry, there := servers[serverName].(map[string]any)
	command, _ = entry["command"].(string)
	return command, there, nil
}

// appended puts lines at the end of a text, behind an empty line. A text whose last line does not end keeps that, and one that is
// empty begins with an empty line then: so it is known what was there before.
func appended(old []byte, lines string) []byte {
	if old == nil {
		return []byte(lines)
	}
	nl := newline(old)
	lines = nl + strings.ReplaceAll(lines, "\n", nl)
	if len(old) > 0 && old[len(old)-1] != '\n' {
		lines = nl + strings.TrimSuffix(lines, nl)
	}
	return append(bytes.Clone(old), lines...)
}

// unappended takes out of a text the lines from..to that appended put there; nil where nothing else was there.
func unappended(text []byte, from, to int, lines string) []byte {
	lines = strings.ReplaceAll(lines, "\r\n", "\n") + "\n"
	if string(text) == lines {
		return nil
	}
	for start := max(from-4, 0); start <= from; start++ {
		for end := to; end <= min(to+2, len(text)); end++ {
			before := remove(text, start, end)
			if bytes.Equal(appended(before, lines), text) {
				return before
			}
		}
	}
	nl := newline(text) // something was written behind it
	for range 2 {
		if bytes.HasSuffix(text[:from], []byte(nl+nl)) {
			from -= len(nl)
		}
		if bytes.HasPrefix(text[to:], []byte(nl)) && (from == 0 || text[from-1] == '\n') {
			to += len(nl)
			break
		}
	}
	return remove(text, from, to)
}
