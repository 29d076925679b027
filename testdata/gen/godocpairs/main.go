// Command godocpairs makes the data that the committed adapter `godoc` is trained and tested on: (doc comment, function)
// pairs of the Go standard library (BSD-3-Clause, The Go Authors: see ../../LICENSE-go), split by families of packages, so
// that no function of a held-back package, nor of its twin (bytes and strings, text and html, x and internal/x), is trained on.
//
//	go run ./testdata/gen/godocpairs -train TRAIN_FOLDER -heldback testdata/godoc-heldback
//	loradex train --data TRAIN_FOLDER --out testdata/adapters/godoc ...     (the card has the whole command)
//
// The query is the first sentence of the doc comment without a leading function name; the document is the
// function's source without the comment. Skipped: tests, generated files, vendored and internal test folders,
// functions under five lines, comments under four or over forty words, deprecated functions, and repeated
// queries or bodies. The order is that of the file system walk, so two runs over one GOROOT give the same.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pair is a question and its answer. Package is what the split into train, dev and held-back goes by.
type pair struct{ ID, Package, Query, Code string }

const (
	minWords, maxWords = 4, 40
	minLines           = 5
	maxBytes           = 4000
)

func main() {
	train := flag.String("train", "", "folder for the training pairs and their dev split")
	held := flag.String("heldback", "", "folder for the test set")
	flag.Parse()
	if *train == "" || *held == "" {
		flag.Usage()
		os.Exit(2)
	}
	pairs, err := allPairs()
	if err == nil {
		err = writeSets(pairs, *train, *held)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "godocpairs:", err)
		os.Exit(1)
	}
}

// allPairs walks the library of the Go that runs this.
func allPairs() ([]pair, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	root := filepath.Join(strings.TrimSpace(string(goroot)), "src")
	var out []pair
	seen := map[string]bool{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case "testdata", "vendor", "simd", "cmd":
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		pairs, err := filePairs(path, filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		for _, p := range pairs {
			q := strings.ToLower(p.Query)
			_, body, _ := strings.Cut(p.Code, "\n")
			if seen[q] || seen[body] {
				continue
			}
			seen[q], seen[body] = true, true
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// filePairs returns the pairs of one file, none for a generated one.
func filePairs(path, rel string) ([]pair, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, parser.ParseComments)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("parse %s", rel), err)
	}
	if ast.IsGenerated(file) {
		return nil, nil
	}
	var out []pair
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil || fn.Doc == nil {
			continue
		}
		query, ok := question(fn)
		if !ok {
			continue
		}
		from, to := fset.Position(fn.Pos()).Offset, fset.Position(fn.End()).Offset
		code := src[from:to]
		if bytes.Count(code, []byte("\n"))+1 < minLines || len(code) > maxBytes {
			continue
		}
		if pretty, err := format.Source(code); err == nil {
			code = pretty
		}
		dir := filepath.ToSlash(filepath.Dir(rel))
		out = append(out, pair{
			ID:      fmt.Sprintf("%s:%d", rel, fset.Position(fn.Pos()).Line),
			Package: dir,
			Query:   query,
			Code:    string(code),
		})
	}
	return out, nil
}

// question is the first sentence of a function's doc comment without the name it opens with.
func question(fn *ast.FuncDecl) (string, bool) {
	text := fn.Doc.Text()
	low := strings.ToLower(text)
	for _, bad := range []string{"deprecated", "todo", "http://", "https://", "see "} {
		if strings.Contains(low, bad) && (bad != "see " || strings.HasPrefix(low, bad)) {
			return "", false
		}
	}
	s := new(doc.Package).Synopsis(text)
	words := strings.Fields(s)
	if len(words) > 0 && strings.Trim(words[0], ",.():*") == fn.Name.Name {
		words = words[1:]
	}
	if len(words) < minWords || len(words) > maxWords {
		return "", false
	}
	return strings.Join(words, " "), true
}
