package indexer

import (
	"context"

	"loradex/internal/fault"
)

// FileOf makes of a content what [Index] would store of a file at this path: its language, chunks and texts, by the same
// rules. A file that would be passed over has no chunks, and the reason says why; the empty reason is none. Stat is zero.
func FileOf(ctx context.Context, path string, data []byte, o Options) (File, Reason, error) {
	f := File{Path: path, Size: int64(len(data)), Blob: BlobHash(data)}
	if err := o.Validate(); err != nil {
		return f, "", err
	}
	o = o.withDefaults()
	rules := o.rules([]Entry{{Path: path}})
	if reason := rules.skipByPath(path, f.Size, Marks{}); reason != "" {
		return f, reason, nil
	}
	if f.Size > o.limitOf(path, Marks{}) {
		return f, Huge, nil
	}
	language, text, reason := rules.classify(path, data, Marks{})
	if f.Language = language; reason != "" {
		return f, reason, nil
	}
	chunks, err := o.chunks(ctx, language, path, text)
	if err != nil {
		return f, "", err
	}
	if len(chunks) == 0 {
		return f, Empty, nil
	}
	f.hold(chunks, o.Template)
	return f, "", nil
}

// chunks cuts a text: a notebook cell by cell.
func (o Options) chunks(ctx context.Context, language, path string, text []byte) (chunks []Chunk, err error) {
	if isNotebook(path) {
		chunks, err = splitNotebook(ctx, text, o.Split)
	} else {
		chunks, err = o.Split(ctx, language, text)
	}
	if err != nil {
		return nil, fault.Prefix(err, "cutting %s", path)
	}
	return chunks, nil
}

// hold gives a file its chunks, with their texts.
func (f *File) hold(chunks []Chunk, template Template) {
	f.Chunks, f.Texts = chunks, make([]string, len(chunks))
	for i := range chunks {
		f.Texts[i] = template.Text(f.Path, &chunks[i])
	}
}
