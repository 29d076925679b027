package lsp

// This file turns places of the index into the editor's, and back.

import (
	"path/filepath"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"loradex/internal/fault"
	"loradex/search"
)

// locationOf returns where a hit lies: whole lines, so the end is the start of the line behind it. Unsupported where the
// files of the index are not on this machine.
func locationOf(w Workspace, h search.Hit) (protocol.Location, error) {
	root := w.Root()
	if root == "" {
		return protocol.Location{}, fault.New(fault.Unsupported, "the index has no files on this machine for the editor to open").
			WithHint("index a clone: `loradex index DIR`")
	}
	return protocol.Location{
		URI: uri.File(filepath.Join(root, filepath.FromSlash(h.Path))),
		Range: protocol.Range{
			Start: protocol.Position{Line: toLine(h.StartLine - 1)},
			End:   protocol.Position{Line: toLine(h.EndLine)},
		},
	}, nil
}

// toLine makes a line number of the protocol, which counts from 0.
func toLine(n int) uint32 {
	return uint32(min(max(n, 0), 1<<31-1)) //nolint:gosec // bounded in this line
}

// pathOf returns the path of an editor's file in the index. Invalid where the file lies elsewhere.
func pathOf(w Workspace, u uri.URI) (string, error) {
	root, file := w.Root(), filePath(u)
	if file == "" || root == "" {
		return "", fault.New(fault.Invalid, "%.200q is not a file of the index", string(u))
	}
	rel, ok := relative(root, file)
	if !ok {
		// The editor may have come through a link, such as /tmp on macOS.
		realRoot, err1 := filepath.EvalSymlinks(root)
		realFile, err2 := filepath.EvalSymlinks(file)
		if err1 == nil && err2 == nil {
			rel, ok = relative(realRoot, realFile)
		}
	}
	if !ok {
		return "", fault.New(fault.Invalid, "%s lies outside of %s, which is indexed", file, root)
	}
	return rel, nil
}

// relative returns the slash path of a file below root.
func relative(root, file string) (string, bool) {
	rel, err := filepath.Rel(root, file)
	if err != nil || rel == "." || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}
