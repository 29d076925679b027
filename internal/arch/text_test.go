package arch

// This file holds the rules about all text in the tree: no package registry is named, no path of someone's machine.

import (
	"bytes"
	"regexp"
	"strings"
)

// maxText bounds what the text rules read; larger files are data.
const maxText = 4 << 20

// registries are the hosts that package managers use by themselves. Naming one in a lock or a script would keep people
// behind a mirror from using it. The dots are written apart so that this file passes its own rule.
var registries = regexp.MustCompile(`(?i)\b(` + strings.Join([]string{
	`pypi[.]org`, `pythonhosted[.]org`, `crates[.]io`, `(proxy|sum|index)[.]golang[.]org`, `goproxy[.](io|cn)`,
	`registry[.]npmjs[.]org`, `registry[.]yarnpkg[.]com`, `rubygems[.]org`, `repo1?[.]maven[.]org`, `nuget[.]org`,
}, "|") + `)`)

// machinePaths are absolute paths that exist on one machine only. A letter, digit, dot, slash, brace or dash before the
// first slash makes it part of something else: a URL, a relative path, ${TMPDIR:-/…}.
var machinePaths = regexp.MustCompile(`(?:^|[^\w.$}/:\-])(/(?:root|work|workspace|tmp|home/\w+|Users/\w+)/[\w.]+)`)

// machinePathsInData is for fixtures, which may quote other people's text: only paths into a user's own files.
var machinePathsInData = regexp.MustCompile(`(?:^|[^\w.$}/\-])(/(?:root|home/\w+|Users/\w+)/\.\w+|/work/\w+)`)

func checkText(name string, data []byte) []violation {
	if len(data) > maxText || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
		return nil
	}
	paths, fixture := machinePaths, inTestdata(name)
	if fixture {
		paths = machinePathsInData
	}
	var violations []violation
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if m := registries.Find(line); m != nil && !fixture {
			violations = append(violations, violation{
				File: name, Line: number, What: "names the package registry " + string(m),
				Fix: "pin by version and digest and let the package manager know where to look",
			})
		}
		if m := paths.FindSubmatch(line); m != nil {
			violations = append(violations, violation{
				File: name, Line: number, What: "names " + string(m[1]) + ", a path of one machine",
				Fix: "use a relative path, an option or a temporary folder",
			})
		}
	}
	return violations
}
