package indexer

import (
	"context"

	"loradex/internal/fault"
)

// FileOf makes of a content what [Index] would store of a file at this path with these marks: its language, chunks and texts, by
// the same rules. A file that would be passed over has no chunks, and the reason says why; the empty reason is none. Stat is zero.
func FileOf(ctx context.Context, path string, data []byte, m Marks, o Options) (File, Reason, error) {
	f := File{Path: path, Size: int64(len(data)), Blob: BlobHash(data)}
	if err := o.Validate(); err != nil {
		return f, "", err
	}
	o = o.withDefaults()
	language, text, reason := o.read(path, data, m)
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

// Passes says why [Index] passes a file of this content over; "" where it takes it.
func (o Options) Passes(path string, data []byte, m Marks) Reason {
	_, _, reason := o.withDefaults().read(path, data, m)
	return reason
}

// Limit is how large a file at a path may be for [Index] to take it; 0 where it takes none there.
func (o Options) Limit(path string, m Marks) int64 {
	if o = o.withDefaults(); o.ruleFor(path).skipByPath(path, -1, m) != "" {
		return 0
	}
	return o.limitOf(path, m)
}

// read returns the language and the text of a file, or the reason to pass it over.
func (o Options) read(path string, data []byte, m Marks) (language string, text []byte, skip Reason) {
	r, size := o.ruleFor(path), int64(len(data))
	if reason := r.skipByPath(path, size, m); reason != "" {
		return "", nil, reason
	}
	if size > o.limitOf(path, m) {
		return "", nil, Huge
	}
	return r.classify(path, data, m)
}

// ruleFor are the rules for a file without the snapshot that it is of.
func (o Options) ruleFor(path string) rules { return o.rules([]Entry{{Path: path}}) }

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
