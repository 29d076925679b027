package workspace

// This file finds what is installed or added: a path, or a repository of the Hugging Face hub.

import (
	"context"
	"os"
	"strings"

	"loradex/adapters"
	"loradex/internal/fault"
	"loradex/internal/hub"
)

// AdapterFolder is the folder of an adapter that source names: a path, or OWNER/NAME[@REVISION] of the hub, whose files are loaded into
// the cache, or only looked up there where offline is set.
func (s *Session) AdapterFolder(ctx context.Context, source string, offline bool) (string, error) {
	return s.located(ctx, source, offline, adapters.Needed)
}

// located is the path that source is, or the snapshot of the repository that it names. What is neither is given back as it is.
func (s *Session) located(ctx context.Context, source string, offline bool, want hub.Chooser) (string, error) {
	if _, err := os.Stat(source); err == nil || s.Hub == nil {
		return source, nil
	}
	name, err := hub.ParseName(source)
	if err != nil {
		if strings.Contains(source, "@") {
			return "", fault.Usage(err)
		}
		return source, nil
	}
	o, err := s.Hub()
	if err != nil {
		return "", err
	}
	o.Offline = o.Offline || offline
	if !o.Offline {
		s.Note("%s is no path here: asking %s for it", source, o.Host())
	}
	o.Progress = func(done, total int64) { s.Progress.Set("download, MB", int(done>>20), int(total>>20), "") }
	defer s.Progress.Done()
	return o.Snapshot(ctx, name, want)
}
