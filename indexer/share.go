package indexer

// This file takes files from other trees of the index, where the store has several: what another tree holds at the same
// path with the same content is neither read nor cut nor stored again.

// loadShared asks for what other trees hold.
func (r *run) loadShared() error {
	sharing, ok := r.store.(Sharing)
	if !ok || r.opts.Full {
		return nil
	}
	shared, err := sharing.Shared(r.ctx, "")
	if err != nil {
		return storeError(err, "reading the index")
	}
	r.sharing, r.shared = sharing, shared
	return nil
}

// mostlyShared tells whether most files come from other trees: then little is encoded, and what is first matters little.
func (r *run) mostlyShared() bool {
	n := 0
	for i := range r.snap.Entries {
		e := &r.snap.Entries[i]
		if _, ok := r.shared[FileVersion{Path: e.Path, Blob: e.Blob}]; ok {
			n++
		}
	}
	return 2*n > len(r.snap.Entries)
}

// fromOthers decides over an entry whose content another tree holds. It is what this tree would make of it: the same rules
// made it from the same path and content.
func (r *run) fromOthers(e *Entry) (outcome, bool) {
	if e.Blob == "" {
		return outcome{}, false
	}
	f, ok := r.shared[FileVersion{Path: e.Path, Blob: e.Blob}]
	if !ok || e.Marks != (Marks{}) || f.Chunker != r.opts.Chunker(f.Language) {
		return outcome{}, false
	}
	f.Stat = e.Stat
	return outcome{share: &f}, true
}

// putShared stores the files of a batch that come from other trees.
func (r *run) putShared(b *batch) error {
	var files []FileState
	for _, o := range b.outcomes {
		if o.share != nil {
			files = append(files, *o.share)
		}
	}
	return ByChunker(files, func(f *FileState) string { return f.Chunker }, func(chunker string, files []FileState) error {
		if err := r.sharing.ShareFiles(r.ctx, chunker, files); err != nil {
			return storeError(err, "storing files")
		}
		return nil
	})
}

// ByChunker hands on the files of each chunker, in the order in which these come first: stores take those of one in a call.
func ByChunker[F any](files []F, of func(f *F) string, put func(chunker string, files []F) error) error {
	groups := map[string][]F{}
	var order []string
	for i := range files {
		chunker := of(&files[i])
		if groups[chunker] == nil {
			order = append(order, chunker)
		}
		groups[chunker] = append(groups[chunker], files[i])
	}
	for _, chunker := range order {
		if err := put(chunker, groups[chunker]); err != nil {
			return err
		}
	}
	return nil
}

// indexLanguages returns the languages of all files of the index, in all trees.
func (r *run) indexLanguages() ([]string, error) {
	if sharing, ok := r.store.(Sharing); ok {
		languages, err := sharing.Languages(r.ctx)
		if err != nil {
			return nil, storeError(err, "reading the index")
		}
		return languages, nil
	}
	files, err := r.store.Files(r.ctx)
	if err != nil {
		return nil, storeError(err, "reading the index")
	}
	var languages []string
	for _, f := range files {
		languages = append(languages, f.Language)
	}
	return languages, nil
}
