package agents

// This file reads and writes the files of agents, and shows what changes.

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// maxFile bounds a file that is read.
const maxFile = 16 << 20

// inside follows the links of a path, and refuses one that leads out of a folder.
func inside(base, path string) (string, error) {
	top, err := filepath.EvalSymlinks(base)
	if err != nil {
		return "", fault.Wrap(fault.NotFound, err, "%s", base)
	}
	target, rest := path, ""
	for {
		if _, err := os.Lstat(target); err == nil {
			found, err := filepath.EvalSymlinks(target)
			if err != nil {
				return "", fault.Wrap(fault.Invalid, err, "%s is a link to nothing", target).WithHint("mend the link; nothing was written")
			}
			target = filepath.Join(found, rest)
			break
		}
		if target == filepath.Dir(target) {
			break
		}
		target, rest = filepath.Dir(target), filepath.Join(filepath.Base(target), rest)
	}
	if rel, err := filepath.Rel(top, target); err != nil || !filepath.IsLocal(rel) {
		return "", fault.New(fault.Invalid, "%s is really %s, outside of %s", path, target, base).WithHint("a link leads there; nothing was written")
	}
	return target, nil
}

// Top is the folder of the repository that a folder lies in, else that folder.
func Top(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// read reads a file; nil where there is none.
func read(path string) ([]byte, os.FileMode, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0o644, nil
	case err != nil:
		return nil, 0, fault.Wrap(fault.Unavailable, err, "%s", path)
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, 0, fault.New(fault.Invalid, "%s is no file, or too long", path).WithHint("nothing was written")
	}
	data, err := os.ReadFile(path) //nolint:gosec // a file of the user's, below the folder that was named
	if err != nil {
		return nil, 0, fault.Wrap(fault.Unavailable, err, "%s", path)
	}
	if data == nil {
		data = []byte{}
	}
	return data, info.Mode().Perm(), nil
}

// describe says what a change does.
func (c *Change) describe() {
	switch {
	case (c.old == nil) == (c.now == nil) && bytes.Equal(c.old, c.now):
		c.Action = "none"
		return
	case c.old == nil:
		c.Action = "create"
	case c.now == nil:
		c.Action = "remove"
	default:
		c.Action = "change"
	}
	c.Diff = diff(c.Path, c.old, c.now)
}

// Apply writes what was planned, each file at once and with the mode that it had. Conflict where somebody else wrote to one since.
func Apply(changes []Change) error {
	for i := range changes {
		c := &changes[i]
		now, _, err := read(c.target)
		if err != nil {
			return err
		}
		if (now == nil) != (c.old == nil) || !bytes.Equal(now, c.old) {
			return fault.New(fault.Conflict, "%s was changed just now", c.Path).WithHint("run the command again")
		}
	}
	for i := range changes {
		if err := changes[i].write(); err != nil {
			return fault.Wrap(fault.Unavailable, err, "%s", changes[i].Path)
		}
	}
	return nil
}

func (c *Change) write() error {
	switch c.Action {
	case "none":
		return nil
	case "remove":
		if err := os.Remove(c.target); err != nil {
			return err
		}
		if filepath.Base(filepath.Dir(c.target)) == serverName { // the folder of a skill
			_ = os.Remove(filepath.Dir(c.target)) //nolint:errcheck // it has other files
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.target), 0o755); err != nil { //nolint:gosec // as the agents make them
		return err
	}
	return atomicfile.WriteBytes(c.target, c.mode, c.now)
}

// context is how many lines a diff shows around what changes.
const context = 3

// diff shows a change as diff -u does; all of ours lie in one place of a file.
func diff(path string, old, now []byte) string {
	a, b := linesOf(old), linesOf(now)
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	from, to := max(head-context, 0), min(tail, context)
	name := func(text []byte) string {
		if text == nil {
			return os.DevNull
		}
		return path
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n@@ -%s +%s @@\n", name(old), name(now), span(from, len(a)-tail+to-from), span(from, len(b)-tail+to-from))
	show := func(mark string, lines []string) {
		for _, line := range lines {
			out.WriteString(mark + strings.TrimSuffix(line, "\n") + "\n")
			if !strings.HasSuffix(line, "\n") {
				out.WriteString("\\ No newline at end of file\n")
			}
		}
	}
	show(" ", a[from:head])
	show("-", a[head:len(a)-tail])
	show("+", b[head:len(b)-tail])
	show(" ", a[len(a)-tail:len(a)-tail+to])
	return out.String()
}

// span is a range of lines as diff writes it.
func span(from, lines int) string {
	if lines > 0 {
		from++
	}
	return fmt.Sprintf("%d,%d", from, lines)
}

// linesOf splits a text behind the ends of its lines.
func linesOf(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	return lines[:len(lines)-1+min(len(lines[len(lines)-1]), 1)]
}
