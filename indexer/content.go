package indexer

import (
	"bytes"
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
	if reason := skipByPath(path); reason != "" {
		return f, reason, nil
	}
	if f.Size > o.MaxFileBytes {
		return f, Huge, nil
	}
	language, reason := classify(path, data)
	if f.Language = language; reason != "" {
		return f, reason, nil
	}
	chunks, err := o.Split(ctx, language, bytes.TrimPrefix(data, utf8Mark))
	if err != nil {
		return f, "", fault.Prefix(err, "cutting %s", path)
	}
	if len(chunks) == 0 {
		return f, Empty, nil
	}
	f.hold(chunks, o.Template)
	return f, "", nil
}

// hold gives a file its chunks, with their texts.
func (f *File) hold(chunks []Chunk, template Template) {
	f.Chunks, f.Texts = chunks, make([]string, len(chunks))
	for i := range chunks {
		f.Texts[i] = template.Text(f.Path, &chunks[i])
	}
}
