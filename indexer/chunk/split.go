package chunk

import (
	"context"
	"errors"
	"slices"

	"loradex/internal/fault"
)

// Split cuts src, the content of one file, into chunks. The language is go-enry's name in lower case, or "" where it is
// unknown; a language that is not in [Languages] is cut into windows, and so is a source of more than 1 MiB and one that
// tree-sitter gives up on. Wrong syntax is no error: what can be recognised is.
//
// It returns an error of code Invalid for a source of more than 64 MiB, and of code Canceled when ctx ends. It keeps no
// reference to src, holds no state, and is safe for concurrent use.
func Split(ctx context.Context, language string, src []byte) ([]Chunk, error) {
	return splitBy(ctx, usual, language, src)
}

func splitBy(ctx context.Context, opts options, language string, src []byte) ([]Chunk, error) {
	if len(src) > opts.maxInput {
		return nil, fault.New(fault.Invalid, "source of %d bytes is over the limit of %d", len(src), opts.maxInput).
			WithHint("exclude the file, or raise the limit on the size of a file")
	}
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(fault.Canceled, err, "chunking was stopped")
	}
	text := newLines(src)
	switch g := grammarFor(language); {
	case language == markdown:
		return splitMarkdown(text, opts), nil
	case g != nil && g.available() && len(src) <= opts.maxParse:
		chunks, err := splitCode(ctx, g, text, opts)
		if !errors.Is(err, errGaveUp) {
			return chunks, err
		}
	}
	return splitWindows(text, opts), nil
}

// Languages returns the names of the languages that are cut by structure where [Available] is true, sorted.
func Languages() []string {
	names := []string{markdown}
	for _, g := range grammars() {
		names = append(names, g.name)
	}
	slices.Sort(names)
	return names
}
