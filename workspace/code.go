package workspace

// This file reads the code that `search --code FILE[:A-B]` asks about.

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loradex/internal/fault"
	"loradex/search"
)

// ReadCode fills in the code of a request, and where it lies in the repository, so that it does not find itself. place is
// FILE, FILE:A or FILE:A-B; - is all of standard input.
func (l *local) ReadCode(ctx context.Context, place string, in io.Reader, req *search.Request) error {
	if place == "-" {
		data, err := readBounded(in, search.MaxQuery)
		if err != nil {
			return fault.Prefix(err, "standard input")
		}
		req.Code = string(data)
		return fault.Usage(req.Validate())
	}
	path, from, to, err := splitLines(place)
	if err != nil {
		return fault.Usage(fault.Prefix(err, "--code"))
	}
	index, err := l.scope(ctx, req.Trees)
	if err != nil {
		return err
	}
	repo, err := index.Repo(ctx)
	if err != nil {
		return err
	}
	inside, err := insideOf(ctx, index, repo.Repo, path)
	if err != nil {
		return err
	}
	file, err := os.Open(path) //nolint:gosec // a file that the user named
	if os.IsNotExist(err) && inside != "" {
		// A revision, a bare repository or a URL: the index has the file and the disk does not.
		req.Span = &search.Span{Path: inside, StartLine: from, EndLine: to}
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "--code")
	}
	defer file.Close()
	data, err := readBounded(file, search.MaxQuery)
	if err != nil {
		return fault.Prefix(err, "--code %s", path)
	}
	lines := strings.SplitAfter(string(data), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if from > len(lines) {
		return fault.Usagef("give lines that it has", "--code %s has %d lines, not %d", path, len(lines), from)
	}
	if from == 0 {
		from, to = 1, len(lines)
	}
	to = min(to, len(lines))
	if from > to { // an empty file
		return fault.Usagef("name a file that has some", "--code %s has no lines", path)
	}
	req.Code = strings.Join(lines[from-1:to], "")
	if inside != "" {
		req.Span = &search.Span{Path: inside, StartLine: from, EndLine: to}
	}
	return fault.Usage(req.Validate())
}

// splitLines reads FILE, FILE:A or FILE:A-B. Without lines both are 0.
func splitLines(arg string) (path string, from, to int, err error) {
	colon := strings.LastIndexByte(arg, ':')
	if colon < 0 {
		return arg, 0, 0, nil
	}
	if _, err := os.Stat(arg); err == nil {
		return arg, 0, 0, nil // a name with a colon in it
	}
	first, last, ranged := strings.Cut(arg[colon+1:], "-")
	if !ranged {
		last = first
	}
	bad := fault.New(fault.Invalid, "%q is not FILE, FILE:A or FILE:A-B", arg).WithHint("lines count from 1")
	if from, err = strconv.Atoi(first); err != nil || from < 1 {
		return "", 0, 0, bad
	}
	if to, err = strconv.Atoi(last); err != nil || to < from || colon == 0 {
		return "", 0, 0, bad
	}
	return arg[:colon], from, to, nil
}

// insideOf is the path of a file as an index calls it, whichever of its repositories it is in; "" where it lies elsewhere.
func insideOf(ctx context.Context, in scope, first, path string) (string, error) {
	roots, err := rootsOf(ctx, in)
	if err != nil {
		return "", err
	}
	if abs, err := filepath.Abs(path); err == nil {
		if rel, ok := below(roots, abs); ok {
			return rel, nil
		}
	}
	return inRepo(first, path), nil
}

// inRepo is the path of a file below the root of a repository, with slashes; "" where it lies elsewhere. Without a file
// of that name, a path that is relative already is taken as it is where the repository has no work tree here.
func inRepo(root, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	if resolved, err := filepath.EvalSymlinks(abs); err == nil {
		abs = resolved
	} else if !isWorkTree(root) && !filepath.IsAbs(path) && filepath.IsLocal(path) {
		return filepath.ToSlash(filepath.Clean(path))
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// readBounded reads all of r, and refuses more than limit bytes.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "cannot be read")
	}
	if int64(len(data)) > limit {
		return nil, fault.New(fault.Invalid, "more than %d bytes", limit).WithHint("give the lines that matter: FILE:A-B")
	}
	return data, nil
}
