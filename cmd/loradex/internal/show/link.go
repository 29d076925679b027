package show

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// links are the formats of links that have a name.
var links = [...]struct{ name, format string }{
	{"none", ""},
	{"default", "file://{host}{path}"},
	{"vscode", "vscode://file{path}:{line}"},
	{"cursor", "cursor://file{path}:{line}"},
	{"grep+", "grep+://{path}:{line}"},
}

// LinkNames are the formats of links that have a name.
func LinkNames() []string {
	var out []string
	for _, l := range links {
		out = append(out, l.name)
	}
	return out
}

// ReadLink reads the format of links to files (OSC 8): a name, or a text with {path}, the absolute path as URLs have it, {line} and
// {host}. Usage for one without {path}.
func ReadLink(text string) (string, error) {
	for _, l := range links {
		if l.name == text {
			return l.format, nil
		}
	}
	rest := strings.NewReplacer("{path}", "", "{line}", "", "{host}", "").Replace(text)
	if text != "" && (!strings.Contains(text, "{path}") || strings.ContainsAny(rest, "{}") || Printable(text) != text) {
		return "", fault.Usagef("use "+strings.Join(LinkNames(), ", ")+", or a text such as 'editor://open?file={path}&line={line}'",
			"--hyperlink-format %q is none", text)
	}
	return text, nil
}

// link makes a text a link to a line of a file. "" as file is none that can be opened.
func (p *Printer) link(text, file string, line int) string {
	if !p.Color || p.Link == "" || file == "" {
		return text
	}
	host, err := os.Hostname()
	if err != nil {
		host = "" // a file URL without a host is of this machine
	}
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") { // C:/x
		path = "/" + path
	}
	path = (&url.URL{Path: path}).EscapedPath()
	to := strings.NewReplacer("{path}", path, "{line}", strconv.Itoa(line), "{host}", host).Replace(p.Link)
	return "\x1b]8;;" + to + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}
