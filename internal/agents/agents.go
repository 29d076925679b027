// Package agents tells coding agents of Loradex: it puts a server of the Model Context Protocol into their configuration, and lines
// that say when to ask it into their instructions, and takes both out again.
//
// What stands in a file is kept byte for byte around what is put in, comments and formatting too, and taking it out gives the bytes
// of before. A file that cannot be read as what it should be is refused, and then none is written.
//
//	changes, err := agents.Plan(agents.Options{Agent: "codex", Scope: agents.User, Home: home, Command: "loradex"})
//	err = agents.Apply(changes)
package agents

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"loradex/internal/fault"
)

// Scope is whose configuration is meant.
type Scope string

// The scopes.
const (
	Project Scope = "project" // of one repository, for everybody who works in it
	User    Scope = "user"    // of the user, in all repositories
)

// Options say what is to be done. Home and Project are absolute folders.
type Options struct {
	Agent      string // one of Names
	Scope      Scope
	Home       string // of the user
	ConfigHome string // $XDG_CONFIG_HOME; "" is .config of Home
	Project    string // top of the repository
	Command    string // that starts loradex
	Uninstall  bool
}

// names are the agents that are known.
var names = []string{"claude-code", "codex", "cursor", "vscode"}

// Names lists the agents that are known.
func Names() []string { return slices.Clone(names) }

// Validate says what cannot work.
func (o Options) Validate() error {
	switch {
	case !slices.Contains(names, o.Agent):
		return fault.New(fault.Invalid, "there is no agent %.40q", o.Agent).WithHint("agents are claude-code, codex, cursor and vscode")
	case o.Scope != Project && o.Scope != User:
		return fault.New(fault.Invalid, "there is no scope %.40q", string(o.Scope)).WithHint("scopes are project and user")
	case o.Command == "" || !filepath.IsAbs(o.base()):
		return fault.New(fault.Invalid, "the folder %q or the command %q is missing", o.base(), o.Command).WithHint("set HOME")
	}
	return nil
}

// base is the folder that nothing is written out of.
func (o Options) base() string {
	if o.Scope == Project {
		return o.Project
	}
	return o.Home
}

// edit is what becomes of one file.
type edit struct {
	path string
	put  func(old []byte) ([]byte, error) // nil as old is a file that is not there
	take func(old []byte) ([]byte, error) // nil is a file that goes
}

// Change is what becomes of a file.
type Change struct {
	Path   string `json:"path"`
	Action string `json:"action"` // create, change, remove or none
	Diff   string `json:"diff,omitempty"`

	target   string // behind links
	old, now []byte // nil: there is none
	mode     os.FileMode
}

// Plan reads the files of an agent and says what becomes of them. Invalid for one that is broken, Conflict where something else
// stands in the place of ours.
func Plan(o Options) ([]Change, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	var out []Change
	for _, e := range o.edits() {
		c := Change{Path: e.path, mode: 0o644}
		var err error
		if c.target, err = inside(o.base(), e.path); err != nil {
			return nil, err
		}
		if c.old, c.mode, err = read(c.target); err != nil {
			return nil, err
		}
		change := e.put
		if o.Uninstall {
			change = e.take
		}
		if c.now, err = change(c.old); err != nil {
			return nil, fault.Prefix(err, "%s", e.path)
		}
		c.describe()
		out = append(out, c)
	}
	return out, nil
}

// edits are the files of an agent.
func (o Options) edits() []edit {
	at := func(parts ...string) string { return filepath.Join(append([]string{o.base()}, parts...)...) }
	user := o.Scope == User
	switch o.Agent {
	case "claude-code":
		file := at(".mcp.json")
		if user {
			file = at(".claude.json")
		}
		return []edit{o.server(file, "mcpServers", nil), ours(at(".claude", "skills", "loradex", "SKILL.md"), skill)}
	case "codex":
		instructions := at("AGENTS.md")
		if user {
			instructions = at(".codex", "AGENTS.md")
		}
		return []edit{o.table(at(".codex", "config.toml")), block(instructions)}
	case "cursor":
		out := []edit{o.server(at(".cursor", "mcp.json"), "mcpServers", nil)}
		if !user { // the user's rules are in no file
			out = append(out, ours(at(".cursor", "rules", "loradex.mdc"), rule))
		}
		return out
	}
	if !user {
		return []edit{o.server(at(".vscode", "mcp.json"), "servers", map[string]string{"type": "stdio"}), block(at("AGENTS.md"))}
	}
	config := o.ConfigHome
	switch {
	case runtime.GOOS == "darwin":
		config = at("Library", "Application Support")
	case config == "":
		config = at(".config")
	}
	return []edit{o.server(filepath.Join(config, "Code", "User", "mcp.json"), "servers", map[string]string{"type": "stdio"})}
}

// serverName is what agents call the server.
const serverName = "loradex"

// server is an edit of a file of JSON with comments whose member lists servers.
func (o Options) server(path, member string, more map[string]string) edit {
	value := "{ "
	if kind := more["type"]; kind != "" {
		value += `"type": ` + quote(kind) + ", "
	}
	value += `"command": ` + quote(o.Command) + `, "args": ["mcp"] }`
	return edit{
		path: path,
		put: func(old []byte) ([]byte, error) {
			if old == nil {
				return []byte("{\n  " + quote(member) + ": {\n    " + quote(serverName) + ": " + value + "\n  }\n}\n"), nil
			}
			return putMember(old, member, serverName, value)
		},
		take: func(old []byte) ([]byte, error) { return takeMember(old, member, serverName) },
	}
}

// quote writes a string of JSON, which is one of TOML, too.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // no string fails
	}
	return string(text)
}
