package agents

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"loradex/internal/fault"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// homes are folders as people have them: files by path.
func homes() map[string]map[string]string {
	return map[string]map[string]string{
		"empty": {},
		"used": {
			".claude.json":              "{\n  \"numStartups\": 4,\n  \"mcpServers\": {\n    \"other\": {\n      \"command\": \"x\"\n    }\n  },\n  \"big\": 12345678901234567890.10\n}",
			".mcp.json":                 "{\"mcpServers\":{}}",
			".codex/config.toml":        "# mine\nmodel = \"o\"   # the best\n\n[mcp_servers.other]\ncommand = 'x'\nargs = [ 1,\n 2 ]\n\n",
			".codex/AGENTS.md":          "# Rules\n\n- be kind",
			"AGENTS.md":                 "# Rules\r\n\r\n- be kind\r\n",
			".cursor/mcp.json":          "// servers\n{\n\t\"mcpServers\": {\n\t\t// one\n\t\t\"other\": { \"url\": \"http://x\" }, /* last */\n\t},\n}\n",
			".vscode/mcp.json":          "{\r\n    \"inputs\": [], // none\r\n}\r\n",
			"Code/User/mcp.json":        "{}",
			".claude/settings.json":     "{}",
			".cursor/rules/other.mdc":   "x",
			".claude/skills/a/SKILL.md": "x",
		},
		"bare": {
			".claude.json": "{}\n", ".mcp.json": "{\n}\n", ".codex/config.toml": "", ".codex/AGENTS.md": "", "AGENTS.md": "\n", ".cursor/mcp.json": "{ \"mcpServers\": { } }",
			".vscode/mcp.json": "\ufeff{\"servers\": {\n}}\n\n", "Code/User/mcp.json": "{\n  \"servers\": {}\n}",
		},
	}
}

func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o750))
		must(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

// everything is all files of a folder.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // of the test
		info, _ := d.Info()
		out[path[len(dir)+1:]] = info.Mode().String() + " " + string(data)
		return err
	}))
	return out
}

func same(a, b map[string]string) string {
	for name, text := range a {
		if b[name] != text {
			return name + ":\n" + text + "\nand\n" + b[name]
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			return name + " is new"
		}
	}
	return ""
}

// TestInstall: for each agent, in each home, both scopes: a plan writes nothing, the second time nothing changes, the server is
// there, and afterwards all files are as they were, with their modes.
func TestInstall(t *testing.T) {
	for kind, files := range homes() {
		for _, agent := range Names() {
			for _, scope := range []Scope{Project, User} {
				t.Run(kind+" "+agent+" "+string(scope), func(t *testing.T) {
					dir := home(t, files)
					o := Options{Agent: agent, Scope: scope, Home: dir, Project: dir, ConfigHome: dir, Command: `C:\bin\lora "dex"`}
					if runtime.GOOS == "darwin" {
						o.ConfigHome = ""
					}
					before := everything(t, dir)
					changes, err := Plan(o)
					must(t, err)
					if diff := same(before, everything(t, dir)); diff != "" {
						t.Fatal("a plan wrote", diff)
					}
					must(t, Apply(changes))
					for _, c := range changes {
						if c.Action != "create" && c.Action != "change" || !strings.Contains(c.Diff, "\n+") || strings.Count(c.Diff, "\n-") > strings.Count(c.Diff, "No newline")+2 {
							t.Errorf("%s %s\n%s", c.Action, c.Path, c.Diff)
						}
						if old := before[c.Path[len(dir)+1:]]; old != "" && !contains(c.now, c.old) {
							t.Errorf("%s lost something:\n%s", c.Path, c.now)
						}
					}
					if changes, err = Plan(o); err != nil || changes[0].Action != "none" || changes[len(changes)-1].Action != "none" {
						t.Errorf("a second time: %+v, %v", changes, err)
					}
					other := o
					other.Command = "another"
					if _, err := Plan(other); fault.CodeOf(err) != fault.Conflict {
						t.Errorf("another command: %v", err)
					}
					o.Uninstall = true
					changes, err = Plan(o)
					must(t, err)
					must(t, Apply(changes))
					if diff := same(before, everything(t, dir)); diff != "" {
						t.Error("files are not as they were:", diff)
					}
					if changes, err = Plan(o); err != nil || changes[0].Action != "none" {
						t.Errorf("taken out a second time: %+v, %v", changes, err)
					}
				})
			}
		}
	}
}

// contains tells whether all bytes of old are there in their order, in one piece but for one place.
func contains(now, old []byte) bool {
	head := 0
	for head < min(len(now), len(old)) && now[head] == old[head] {
		head++
	}
	return bytes.HasSuffix(now, old[head:])
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ agent, file, text string }{
		{"claude-code", ".mcp.json", "{\"mcpServers\": {"},
		{"claude-code", ".mcp.json", ""},
		{"claude-code", ".mcp.json", "[]"},
		{"claude-code", ".mcp.json", "{\"mcpServers\": []}"},
		{"claude-code", ".mcp.json", "{\"a\": 1, \"a\": 2}"},
		{"claude-code", ".mcp.json", "{} x"},
		{"claude-code", ".mcp.json", "{\"a\": nul}"},
		{"claude-code", ".mcp.json", "\xff{}"},
		{"claude-code", ".claude/skills/loradex/SKILL.md", "somebody's own"},
		{"codex", ".codex/config.toml", "a = \n"},
		{"codex", ".codex/config.toml", "mcp_servers = { x = { command = \"y\" } }\n"},
		{"codex", ".codex/config.toml", "mcp_servers = 3\n"},
		{"codex", "AGENTS.md", beginMark + "\nhalf"},
		{"vscode", ".vscode/mcp.json", strings.Repeat("[", 1000)},
	} {
		dir := home(t, map[string]string{c.file: c.text})
		before := everything(t, dir)
		changes, err := Plan(Options{Agent: c.agent, Scope: Project, Home: dir, Project: dir, Command: "loradex"})
		if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Conflict || !strings.Contains(err.Error(), c.file) || fault.HintOf(err) == "" {
			t.Errorf("%s %q: %+v, %v", c.file, c.text, changes, err)
		}
		if diff := same(before, everything(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
	for _, o := range []Options{
		{Agent: "emacs", Scope: User, Home: "/h", Command: "x"},
		{Agent: "codex", Scope: "all", Home: "/h", Command: "x"},
		{Agent: "codex", Scope: User, Home: "", Command: "x"},
		{Agent: "codex", Scope: User, Home: "/h"},
	} {
		if _, err := Plan(o); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestLinks: a link within the home is followed and stays one; one that leads out is refused.
func TestLinks(t *testing.T) {
	dir, away := home(t, map[string]string{"dotfiles/config.toml": "a = 1\n"}), home(t, map[string]string{"config.toml": "a = 1\n"})
	must(t, os.Mkdir(filepath.Join(dir, ".codex"), 0o750))
	link := filepath.Join(dir, ".codex", "config.toml")
	must(t, os.Symlink(filepath.Join(dir, "dotfiles", "config.toml"), link))
	o := Options{Agent: "codex", Scope: User, Home: dir, Command: "loradex"}
	changes, err := Plan(o)
	must(t, err)
	must(t, Apply(changes))
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if text, err := os.ReadFile(filepath.Join(dir, "dotfiles", "config.toml")); err != nil || !strings.Contains(string(text), "mcp_servers.loradex") {
		t.Errorf("%s %v", text, err)
	}
	must(t, os.Remove(link))
	must(t, os.Symlink(filepath.Join(away, "config.toml"), link))
	if _, err := Plan(o); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "outside") {
		t.Error(err)
	}
	must(t, os.RemoveAll(filepath.Join(dir, ".codex")))
	must(t, os.Symlink(away, filepath.Join(dir, ".codex"))) // a folder
	if _, err := Plan(o); fault.CodeOf(err) != fault.Invalid {
		t.Error(err)
	}
	must(t, os.Remove(filepath.Join(dir, ".codex")))
	must(t, os.Symlink(filepath.Join(dir, "none"), filepath.Join(dir, ".codex")))
	if _, err := Plan(o); fault.CodeOf(err) != fault.Invalid {
		t.Error(err)
	}
}

// TestChangedMeanwhile: nothing is written over what somebody else wrote since the plan, and what was added behind ours stays.
func TestChangedMeanwhile(t *testing.T) {
	dir := home(t, map[string]string{"AGENTS.md": "a\n"})
	o := Options{Agent: "codex", Scope: Project, Home: dir, Project: dir, Command: "loradex"}
	changes, err := Plan(o)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "AGENTS.md"), []byte("b\n"), 0o600))
	if err := Apply(changes); fault.CodeOf(err) != fault.Conflict {
		t.Error(err)
	}
	changes, err = Plan(o)
	must(t, err)
	must(t, Apply(changes))
	for _, f := range []string{"AGENTS.md", ".codex/config.toml"} {
		path := filepath.Join(dir, filepath.FromSlash(f))
		text, err := os.ReadFile(path) //nolint:gosec // of the test
		must(t, err)
		must(t, os.WriteFile(path, append(text, "\n# more\n"...), 0o600))
	}
	o.Uninstall = true
	changes, err = Plan(o)
	must(t, err)
	must(t, Apply(changes))
	for f, want := range map[string]string{"AGENTS.md": "b\n\n# more\n", ".codex/config.toml": "\n# more\n"} {
		if text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f))); err != nil || string(text) != want {
			t.Errorf("%s: %q %v", f, text, err)
		}
	}
	if Top(filepath.Join(dir, ".codex")) != filepath.Join(dir, ".codex") {
		t.Error("a top without a repository")
	}
	must(t, os.Mkdir(filepath.Join(dir, ".git"), 0o750))
	if Top(filepath.Join(dir, ".codex")) != dir {
		t.Error("not the top")
	}
}

// FuzzJSON: what is put in is there, the rest is as it was, and taking it out gives the bytes of before.
func FuzzJSON(f *testing.F) {
	for _, files := range homes() {
		for name, text := range files {
			if strings.HasSuffix(name, ".json") {
				f.Add(text)
			}
		}
	}
	f.Add("{\"servers\": {\"loradex\": 1, // x\n}}")
	f.Fuzz(func(t *testing.T, text string) {
		const value = `{ "command": "x", "args": ["mcp"] }`
		if json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimSpace(text), "{") {
			if _, err := parseObject([]byte(text)); err != nil && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "deep") && !strings.Contains(err.Error(), "UTF-8") {
				t.Fatalf("JSON is refused: %q %v", text, err)
			}
		}
		now, err := putMember([]byte(text), "servers", "loradex", value)
		if err != nil {
			if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Conflict {
				t.Fatal(err)
			}
			return
		}
		if json.Valid([]byte(text)) && !json.Valid(now) {
			t.Fatalf("%q is JSON and %q is not", text, now)
		}
		root, err := parseObject(now)
		if err != nil || root.find("servers").object.find("loradex") == nil || !contains(now, []byte(text)) {
			t.Fatalf("%q became %q: %v", text, now, err)
		}
		if string(now) == text {
			return
		}
		back, err := takeMember(now, "servers", "loradex")
		if err != nil || back != nil && string(back) != text {
			t.Fatalf("%q became %q, then %q: %v", text, now, back, err)
		}
	})
}

// FuzzText is FuzzJSON for TOML and for lines in Markdown.
func FuzzText(f *testing.F) {
	for _, files := range homes() {
		for name, text := range files {
			if !strings.HasSuffix(name, ".json") {
				f.Add(text)
			}
		}
	}
	f.Add("a='''\n[mcp_servers.loradex]\n'''\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range []edit{Options{Command: "x"}.table("f"), block("f")} {
			now, err := e.put([]byte(text))
			if err != nil {
				if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Conflict {
					t.Fatal(err)
				}
				continue
			}
			if strings.Contains(text, "loradex") {
				continue // it may have been there
			}
			back, err := e.take(now)
			if err != nil || string(back) != text {
				t.Fatalf("%q became %q, then %q: %v", text, now, back, err)
			}
		}
	})
}
