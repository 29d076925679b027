package workspace

// This file reads the paths of a filter, as people write them in a folder, and says where a filter lets nothing pass.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search"
)

// PathsHere makes of paths, as they are written in the working folder, those of a request: what is there counts from there,
// as ./x and ../x do; anything else from the top of the repository.
func (l *local) PathsHere(ctx context.Context, sel search.Selection, paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	in, err := l.scope(ctx, sel)
	if err != nil {
		return nil, err
	}
	roots, err := rootsOf(ctx, in)
	if err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the working folder")
	}
	out := make([]string, len(paths))
	for i, given := range paths {
		text, isOut := strings.CutPrefix(given, "!")
		slash := filepath.ToSlash(text)
		first, _, _ := strings.Cut(slash, "/")
		_, inside := below(roots, here)
		_, err := os.Lstat(filepath.Join(here, first))
		if !filepath.IsAbs(text) && (first == "." || first == ".." || inside && first != "" && err == nil) {
			text = here + "/" + slash
		}
		if out[i] = text; isOut {
			out[i] = "!" + text
		}
	}
	_, err = search.ReadPaths(out)
	return out, fault.Usage(err)
}

// FromHere returns what calls a hit's file as it is called in the working folder, so that it can be opened and asked about
// again, and its absolute path. A file that is not on this machine keeps the path that the index has, and has no other.
func (l *local) FromHere(ctx context.Context) (func(h *search.Hit) (name, file string), error) {
	fileOf, err := l.FileOf(ctx)
	if err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the working folder")
	}
	here = resolved(here)
	return func(h *search.Hit) (name, file string) {
		file = fileOf(h)
		if rel, err := filepath.Rel(here, file); file != "" && err == nil {
			return rel, file
		}
		return h.Path, ""
	}, nil
}

// FileOf returns what tells the absolute path of a hit's file; "" where the file is not on this machine.
func (l *local) FileOf(ctx context.Context) (func(h *search.Hit) string, error) {
	in, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	own := ""
	if l.session.Shared == "" {
		if own, err = ownFolder(ctx, scope{Trees: search.In(in.store, indexer.Tree{}), openIndex: in}); err != nil {
			return nil, err
		}
	}
	return func(h *search.Hit) string {
		root := own
		if root == "" && isWorkTree(h.Repo) {
			root = h.Repo
		}
		if root == "" {
			return ""
		}
		return filepath.Join(root, filepath.FromSlash(h.Path))
	}, nil
}

// rootsOf are the folders that the paths of some trees start from, where they are on this machine.
func rootsOf(ctx context.Context, in scope) ([]string, error) {
	var out []string
	for _, t := range in.names {
		root := t.Repo
		if root == "" {
			var err error
			if root, err = ownFolder(ctx, in); err != nil {
				return nil, err
			}
		}
		if root != "" && filepath.IsAbs(root) && !slices.Contains(out, root) {
			out = append(out, root)
		}
	}
	return out, nil
}

// below returns a path, or a pattern, as it is called from the innermost root above it; false where there is none.
func below(roots []string, path string) (string, bool) {
	best, found := "", false
	for _, at := range []string{filepath.Clean(path), resolved(path)} {
		for _, root := range roots {
			for _, top := range []string{root, resolved(root)} {
				rel, err := filepath.Rel(top, at)
				if err == nil && filepath.IsLocal(rel) && (!found || len(rel) < len(best)) {
					best, found = filepath.ToSlash(rel), true
				}
			}
		}
	}
	return best, found
}

// resolved follows the links of the part of a path that is there: of a pattern, the folder in front.
func resolved(path string) string {
	rest := ""
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if found, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(found, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// fromTop makes absolute paths of a filter those of the index. Invalid for one that lies elsewhere.
func fromTop(ctx context.Context, in scope, f *search.Filter) error {
	if !slices.ContainsFunc(f.Paths, func(p string) bool { return filepath.IsAbs(strings.TrimPrefix(p, "!")) }) {
		return nil
	}
	roots, err := rootsOf(ctx, in)
	if err != nil {
		return err
	}
	f.Paths = slices.Clone(f.Paths)
	for i, given := range f.Paths {
		text, isOut := strings.CutPrefix(given, "!")
		if !filepath.IsAbs(text) {
			continue
		}
		rel, ok := below(roots, text)
		if !ok {
			return outside(text, roots)
		}
		if f.Paths[i] = rel; isOut {
			f.Paths[i] = "!" + rel
		}
	}
	return nil
}

// outside is the error for a path that no root holds.
func outside(path string, roots []string) error {
	return fault.New(fault.Invalid, "the path %s lies outside of %s, which is indexed", path, strings.Join(roots, ", ")).
		WithHint("name a path below it, or another index with --repo")
}

// nearFromTop makes an absolute path of where the user is that of the index. Invalid for one that lies elsewhere.
func nearFromTop(ctx context.Context, in scope, r *search.Request) error {
	if r.Near == nil || !filepath.IsAbs(r.Near.Path) {
		return nil
	}
	f := search.Filter{Paths: []string{r.Near.Path}}
	if err := fromTop(ctx, in, &f); err != nil {
		return fault.Prefix(err, "near")
	}
	near := *r.Near // the caller's stays as it is
	near.Path = f.Paths[0]
	r.Near = &near
	return nil
}

// checkFilter says which part of a filter no file of the index can pass. It is asked where nothing was found.
func checkFilter(ctx context.Context, in scope, f search.Filter) error {
	if len(f.Paths) == 0 && len(f.Languages) == 0 {
		return nil
	}
	paths, err := search.ReadPaths(f.Paths)
	if err != nil {
		return err
	}
	held, err := search.In(in.store, in.names...).Files(ctx)
	if err != nil || len(held) == 0 {
		return err
	}
	languages := map[string]bool{}
	inLanguage, onPath := len(f.Languages) == 0, false
	for path, file := range held {
		languages[file.Language] = true
		is := len(f.Languages) == 0 || slices.Contains(f.Languages, file.Language)
		if is && paths.Match(path) {
			return nil
		}
		inLanguage, onPath = inLanguage || is, onPath || paths.Match(path)
	}
	wanted, where := strings.Join(f.Languages, " or "), strings.Join(f.Paths, ", ")
	switch {
	case !inLanguage:
		return fault.New(fault.NotFound, "no indexed file is in %s", wanted).WithHint("the index has %s", namesOfLanguages(languages))
	case !onPath:
		return fault.New(fault.NotFound, "no indexed file matches the path %s", where).
			WithHint("%sname a file, a folder or a pattern such as 'api/**', from the top of the repository", anyFolder(f.Paths, held))
	}
	return fault.New(fault.NotFound, "no indexed file in %s matches the path %s", wanted, where).
		WithHint("leave one of them out")
}

// anyFolder asks whether a pattern without a folder was meant for every folder, where files match it there.
func anyFolder(given []string, held map[string]indexer.FileState) string {
	for _, pattern := range given {
		deep := "**/" + pattern
		if paths, err := search.ReadPaths([]string{deep}); err == nil && !strings.ContainsAny(pattern, "/!") {
			for path := range held {
				if paths.Match(path) {
					return fmt.Sprintf("did you mean '%s'? ", deep)
				}
			}
		}
	}
	return ""
}

func namesOfLanguages(languages map[string]bool) string {
	var out []string
	for name := range languages {
		if name != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		return "no language that is known"
	}
	return strings.Join(out, ", ")
}
