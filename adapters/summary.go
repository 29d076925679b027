package adapters

// This file caches what listing needs to know of an adapter, so that 1,000 adapters are listed without reading
// their weights. The cache lies in a folder of its own, one file for each adapter's folder, and is believed only while
// the files' stamps (size, time, inode) are those that it was made from. It can be deleted at any time.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loradex/adapters/adapterhub"
	"loradex/adapters/folder"
	"loradex/adapters/peft"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

const (
	summaryVersion = 2       // 1 had no card
	maxSummary     = 8 << 20 // a card has 1 MB, before its characters are escaped
	// settled is how old a file must be before its stamp is written down: one that changes twice within the
	// file system's clock tick keeps its stamp.
	settled = time.Second
)

// stamp changes when a file of an adapter does.
type stamp struct {
	Config  fileStamp `json:"config"`
	Weights fileStamp `json:"weights"`
	Card    fileStamp `json:"card"` // zero without a card
}

type fileStamp struct {
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime"` // nanoseconds
	Inode uint64 `json:"inode"` // 0 where the system has none
}

func stampOf(root *os.Root) (stamp, error) { return readStamp(filepath.Base(root.Name()), root.Stat) }

// readStamp takes the stamp of the folder whose files stat looks at.
func readStamp(name string, stat func(file string) (fs.FileInfo, error)) (stamp, error) {
	var s stamp
	for _, f := range []struct {
		names []string // the first that is there
		dst   *fileStamp
	}{
		{[]string{folder.ConfigFile}, &s.Config},
		{[]string{peft.WeightsFile, adapterhub.WeightsFile, adapterhub.PickleFile}, &s.Weights},
		{[]string{CardFile}, &s.Card},
	} {
		info, err := statFirst(f.names, stat)
		if err != nil {
			// A card is optional, and missing weights have several causes that the loader tells apart.
			if errors.Is(err, fs.ErrNotExist) && f.dst != &s.Config {
				continue
			}
			return s, fault.Wrap(fault.Unavailable, err, "%s: cannot read %s", name, f.names[0])
		}
		*f.dst = fileStamp{Size: info.Size(), MTime: info.ModTime().UnixNano(), Inode: inode(info)}
	}
	return s, nil
}

// statFirst looks at the first of the files that is there.
func statFirst(names []string, stat func(file string) (fs.FileInfo, error)) (info fs.FileInfo, err error) {
	for _, name := range names {
		if info, err = stat(name); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return info, err
}

// isSettled says whether all files are old enough for their stamp to be trusted later.
func (s stamp) isSettled(now time.Time) bool {
	limit := now.Add(-settled).UnixNano()
	return s.Config.MTime < limit && s.Weights.MTime < limit && s.Card.MTime < limit
}

// summary is an [Entry] with what it was made of.
type summary struct {
	Version int   `json:"version"`
	Stamp   stamp `json:"stamp"`
	Entry
}

func newSummary(a *Adapter, now stamp) *summary {
	kinds := map[string]bool{}
	for path := range a.Updates {
		kinds[layerKind(path)] = true
	}
	return &summary{summaryVersion, now, Entry{
		Name: a.Name, Card: a.Card, Digest: a.Digest, Method: a.Method, Rank: a.Rank(), Params: a.Params(), Bytes: a.bytes,
		Sites: len(a.Updates), Modules: sortedKeys(kinds),
	}}
}

// layerKind is a path without its layer: "encoder.layer.3.attention.self.query" is "attention.self.query".
func layerKind(path string) string {
	parts := strings.Split(path, ".")
	for i, p := range slices.Backward(parts) {
		if p != "" && strings.Trim(p, "0123456789") == "" {
			return strings.Join(parts[i+1:], ".")
		}
	}
	return path
}

func (l *Library) quickSummary(name string) *summary {
	root, err := l.openAdapter(name)
	if err != nil {
		return nil
	}
	defer root.Close()
	now, err := stampOf(root)
	if err != nil {
		return nil
	}
	return l.knownSummary(name, now)
}

// knownSummary returns a summary that fits the files' stamp, from memory or from disk; nil where there is none.
// A damaged or forged cache cannot fit, or is ignored: it is a cache.
func (l *Library) knownSummary(name string, now stamp) *summary {
	l.mu.Lock()
	s := l.summaries[name]
	l.mu.Unlock()
	if s != nil && s.Stamp == now {
		return s
	}
	if s = l.readSummary(name); s == nil || s.Stamp != now {
		return nil
	}
	l.mu.Lock()
	l.summaries[name] = s
	l.mu.Unlock()
	return s
}

// remember keeps a summary in memory and, where that is safe and possible, in the cache. A library without a cache, or
// with one that cannot be written to, still works, and hashes once per process.
func (l *Library) remember(name string, s *summary) {
	l.mu.Lock()
	l.summaries[name] = s
	l.mu.Unlock()
	if s.Stamp.isSettled(time.Now()) {
		_ = l.writeSummary(name, s)
	}
}

// summaryPath is the file of an adapter's summary, named after the adapter's folder; "" without a cache.
func (l *Library) summaryPath(name string) string {
	if l.cache == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(filepath.Join(l.dir, name)))
	return filepath.Join(l.cache, hex.EncodeToString(sum[:16])+".json")
}

// readSummary reads a summary from the cache; nil where there is none that can be read.
func (l *Library) readSummary(name string) *summary {
	f, err := os.Open(l.summaryPath(name))
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSummary))
	s := &summary{}
	if err != nil || json.Unmarshal(text, s) != nil || s.Version != summaryVersion || s.Digest == "" {
		return nil
	}
	return s
}

func (l *Library) writeSummary(name string, s *summary) error {
	path := l.summaryPath(name)
	if path == "" {
		return nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(l.cache, 0o755); err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, 0o644, append(text, '\n'))
}
