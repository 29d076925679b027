package adapters

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

const (
	lockFile   = ".lock"
	tempPrefix = ".tmp-"
	lockRetry  = 10 * time.Millisecond
	// maxWeights bounds the weights file of one adapter. Rank 256 on every layer of BERT-large is 0.4 GB.
	maxWeights = 2 << 30
	maxReadme  = 1 << 20
)

// AddOptions says what an adapter that is added must fit.
type AddOptions struct {
	BaseModel   string       // name or path of the base in use; its last element is compared
	BaseDigest  string       // digest of the base's weights; written on the card
	Sites       []delta.Site // of the base; nil skips the check of names and shapes
	ConfirmBase bool         // the user says that the base is right: needed where neither digest nor name tell
	Replace     bool         // an adapter of this name may exist and is replaced
}

// Add copies a folder of PEFT or AdapterHub into the library under a name, checks the copy, and makes it visible in one step: a
// crash, or an error, leaves the library as it was. The card is written with the base that was checked.
//
// Errors: Invalid for the name or for an adapter that changes nothing; Conflict for a name that is taken or a base
// that does not match; Corrupt and Unsupported as for [Load]; Unavailable where copying fails.
func (l *Library) Add(ctx context.Context, srcDir, name string, opts AddOptions) error {
	if err := errors.Join(ctx.Err(), ValidName(name)); err != nil {
		return err
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fault.Wrap(fault.Unavailable, err, "adapter library %s", l.dir)
	}
	unlock, err := l.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if err := l.sweep(); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(l.dir, name)); err == nil && !opts.Replace {
		return fault.New(fault.Conflict, "adapter %q exists already", name).WithHint("remove it first, or replace it")
	}
	temp, err := os.MkdirTemp(l.dir, tempPrefix)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "adapter library %s", l.dir)
	}
	made, err := l.fill(ctx, srcDir, temp, name, opts)
	if err == nil {
		err = publish(temp, filepath.Join(l.dir, name))
	}
	if err == nil {
		_ = l.writeSummary(name, made) // a cache: without it the adapter is read once more
		err = atomicfile.SyncDir(l.dir)
	}
	// After an exchange the temporary folder holds the old adapter; after a rename it is gone.
	if rmErr := os.RemoveAll(temp); rmErr != nil && err == nil {
		err = rmErr
	}
	return asFault(err, "adapter %q: cannot add", name)
}

// fill makes a checked copy of the source in temp, and says what there is to know of it.
func (l *Library) fill(ctx context.Context, srcDir, temp, name string, opts AddOptions) (*summary, error) {
	src, err := openSource(srcDir)
	if err != nil {
		return nil, err
	}
	defer src.close()
	root, err := os.OpenRoot(temp)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	take := func(limit int64, names ...string) error { // the first that is there
		if err := copyFirst(ctx, src, names, temp, limit); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return asFault(err, "%s/%s: cannot copy", srcDir, names[0])
		}
		return nil
	}
	if err := take(folder.MaxConfig, folder.ConfigFile); err != nil {
		return nil, err
	}
	// What is read and checked is the copy: the source may change meanwhile.
	config, err := folder.ReadConfig(root, srcDir)
	if err != nil {
		return nil, notHere(err, srcDir)
	}
	// Everything else in the source (optimiser states, heads, logs) stays behind.
	if err := errors.Join(take(maxWeights, weightFiles(config)...), take(maxCard, CardFile), take(maxReadme, "README.md")); err != nil {
		return nil, err
	}
	a, err := load(root, srcDir, name, "")
	if errors.Is(err, fs.ErrNotExist) { // of the source the loader can tell what was there instead, a pickle for one
		if late, srcErr := load(src.root, srcDir, name, ""); srcErr != nil {
			err = srcErr
		} else {
			err = errors.Join(err, late.Close())
		}
	}
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return finish(a, root, temp, opts)
}

// finish checks the adapter against the base and writes its card.
func finish(a *Adapter, root *os.Root, temp string, opts AddOptions) (*summary, error) {
	if opts.Sites != nil {
		if err := a.Check(opts.Sites); err != nil {
			return nil, err
		}
	}
	card := a.Card
	card.BaseConfirmed = false // only this library's user can confirm, not the author of the folder
	if err := card.CheckBase(opts.BaseModel, opts.BaseDigest); err != nil {
		if !opts.ConfirmBase || card.BaseDigest != "" && opts.BaseDigest != "" {
			return nil, err
		}
		card.BaseConfirmed = true
	}
	if card.BaseDigest == "" {
		card.BaseDigest = opts.BaseDigest
	}
	if opts.BaseModel != "" && (card.BaseModel == "" || card.BaseConfirmed) {
		card.BaseModel = opts.BaseModel
	}
	if err := card.Validate(); err != nil {
		return nil, err
	}
	if err := writeCard(temp, card); err != nil {
		return nil, err
	}
	a.Card = card
	now, err := stampOf(root)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return nil, err
	}
	return newSummary(a, now), atomicfile.SyncDir(temp)
}

// copyFirst copies the first of the files that is there into the folder dst.
func copyFirst(ctx context.Context, src *source, names []string, dst string, limit int64) (err error) {
	for _, name := range names {
		if err = ctx.Err(); err != nil {
			return err
		}
		if err = copyFile(src, name, filepath.Join(dst, name), limit); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// copyFile copies a regular file of at most limit bytes. Links that leave the source are refused.
func copyFile(src *source, name, dst string, limit int64) error {
	f, err := src.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fault.New(fault.Invalid, "%s is not a regular file", name)
	}
	return atomicfile.Write(dst, 0o644, func(w io.Writer) error {
		n, err := io.Copy(w, io.LimitReader(f, limit+1))
		if err == nil && n > limit {
			return fault.New(fault.Invalid, "%s has more than %d bytes", name, limit)
		}
		return err
	})
}

// Remove deletes an adapter. Errors: Invalid for a name that cannot be one, NotFound (listing the known names) for
// one that the library lacks.
func (l *Library) Remove(ctx context.Context, name string) error {
	if err := errors.Join(ctx.Err(), ValidName(name)); err != nil {
		return err
	}
	if _, err := os.Stat(l.dir); errors.Is(err, fs.ErrNotExist) {
		return unknownAdapter(name, nil)
	}
	unlock, err := l.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if err := l.sweep(); err != nil {
		return err
	}
	path := filepath.Join(l.dir, name)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		names, err := l.names()
		if err != nil {
			return err
		}
		return unknownAdapter(name, names)
	}
	// Renamed first, so that nobody sees half an adapter, and a crash leaves only what the next writer sweeps.
	temp, err := os.MkdirTemp(l.dir, tempPrefix)
	if err == nil {
		err = errors.Join(os.Rename(path, filepath.Join(temp, name)), atomicfile.SyncDir(l.dir), os.RemoveAll(temp))
	}
	if path := l.summaryPath(name); err == nil && path != "" {
		_ = os.Remove(path)
	}
	return asFault(err, "adapter %q: cannot remove", name)
}

// sweep deletes what a writer that died has left. The lock is held, so no writer is at work.
func (l *Library) sweep() error {
	entries, err := os.ReadDir(l.dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(l.dir, e.Name())))
		}
	}
	return asFault(err, "adapter library %s: cannot clean up", l.dir)
}

// lock takes the library's lock, exclusive for writers. It dies with the process that holds it. A reader makes no lock
// file: where there is none, no writer ever was.
func (l *Library) lock(ctx context.Context, exclusive bool) (unlock func(), err error) {
	f := flock.New(filepath.Join(l.dir, lockFile))
	if _, err := os.Stat(f.Path()); err != nil && !exclusive {
		return nil, fault.Wrap(fault.Unavailable, err, "adapter library %s: cannot lock", l.dir)
	}
	try := f.TryRLockContext
	if exclusive {
		try = f.TryLockContext
	}
	if _, err := try(ctx, lockRetry); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.Wrap(fault.Unavailable, err, "adapter library %s: cannot lock", l.dir)
	}
	return func() { _ = f.Close() }, nil
}

// asFault gives an error without a code of its own the code Unavailable and a message.
func asFault(err error, format string, args ...any) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) || fault.CodeOf(err) == fault.Canceled {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, format, args...)
}
