package model

// This file says which files of a repository a model is.

import (
	"path"
	"slices"
	"strings"
)

// texts are the files beside weights that are read, or say whose they are.
func texts() []string {
	return append([]string{
		"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
		"modules.json", "config_sentence_transformers.json", trainingFile, "README.md", "LICENSE",
	}, sentenceFiles()...)
}

// Needed chooses of the files of a repository those that Open reads: of several kinds of weights the first that it takes, and ONNX where
// there is no other. Paths have slashes. Errors: NotFound where there are no weights.
func Needed(files []string) ([]string, error) {
	known := texts()
	var out []string
	folders := map[string][]string{}
	for _, f := range files {
		dir, name := path.Split(f)
		if dir != "" && !isModule(strings.TrimSuffix(dir, "/")) {
			continue
		}
		folders[dir] = append(folders[dir], name)
		if slices.Contains(known, name) {
			out = append(out, f)
		}
	}
	weights := false
	for dir, names := range folders {
		for _, kind := range weightFiles {
			if kind.onnx || !slices.Contains(names, kind.name) {
				continue
			}
			out, weights = append(out, dir+kind.name), true
			stem, ext, _ := strings.Cut(strings.TrimSuffix(kind.name, ".index.json"), ".")
			for _, name := range names {
				if kind.sharded && strings.HasPrefix(name, stem+"-") && strings.HasSuffix(name, "."+ext) {
					out = append(out, dir+name)
				}
			}
			break
		}
	}
	for _, kind := range weightFiles {
		if !weights && kind.onnx && slices.Contains(files, kind.name) {
			out, weights = append(out, kind.name), true
		}
	}
	if !weights {
		return nil, noWeights("it has")
	}
	slices.Sort(out)
	return out, nil
}

// isModule tells the folder of a module of sentence-transformers: 1_Pooling.
func isModule(dir string) bool {
	number, name, ok := strings.Cut(dir, "_")
	return ok && name != "" && number != "" && strings.Trim(number, "0123456789") == "" && !strings.Contains(dir, "/")
}
