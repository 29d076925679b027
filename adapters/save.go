package adapters

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// SaveOptions says how an adapter is written.
type SaveOptions struct {
	// Sites lists those of the base. With it the adapter is checked as [Adapter.Check] does, and target_modules is short;
	// without, neither.
	Sites   []delta.Site
	Replace bool    // the folder may exist and hold an adapter, which is replaced; an empty folder may always exist
	Dropout float64 // of the training, for the record
}

// replaceable lists what a folder may hold that Save replaces. Earlier versions left .summary.json.
var replaceable = []string{peft.ConfigFile, peft.WeightsFile, CardFile, "README.md", ".summary.json"}

// Save writes the adapter with its card as the folder dir, in PEFT's layout: [Load], [Library.Add] and PEFT itself read
// it. Of the adapter it takes Method, Updates, RSLoRA and Card; the card's name is the folder's where it has none.
//
// The folder appears whole or not at all: it is written beside dir, read back and compared, and then renamed. On any
// error, a full disk for one, what was at dir is left as it was.
//
// Errors: Unsupported for a method that PEFT lacks; Invalid for an adapter that contradicts itself or changes nothing, and for its
// card; Conflict where dir exists
// (with Replace: and holds anything that is no part of an adapter); Unavailable where it cannot be written.
func Save(dir string, a *Adapter, o SaveOptions) error {
	dir = filepath.Clean(dir)
	if err := CanSave(dir, o.Replace); err != nil {
		return err
	}
	if _, err := MethodNamed(a.Method); err != nil {
		return err
	}
	method, ok := peft.TypeOf(a.Method)
	if !ok {
		return fault.New(fault.Unsupported, "adapters of method %s cannot be written: PEFT's layout has no type for it", a.Method)
	}
	digest, err := a.digest()
	if err != nil {
		return err
	}
	if o.Sites != nil {
		if err := a.Check(o.Sites); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: cannot make the folder above it", dir)
	}
	// If a crash leaves the folder behind, its name keeps it from being taken for an adapter.
	temp, err := os.MkdirTemp(filepath.Dir(dir), tempPrefix)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s: cannot write beside it", dir)
	}
	err = a.writeTo(temp, filepath.Base(dir), digest, peft.WriteOptions{
		Type: method, BaseModel: a.Card.BaseModel, Dropout: o.Dropout, RSLoRA: a.RSLoRA, Layers: linearPaths(o.Sites),
	})
	if err == nil {
		err = place(temp, dir, o.Replace)
	}
	if fault.CodeOf(err) == fault.Unavailable { // it names the temporary folder
		err = fault.Wrap(fault.Unavailable, err, "%s: cannot write the adapter", dir)
	}
	// After an exchange the temporary folder holds the old adapter; after a rename it is gone.
	if rmErr := os.RemoveAll(temp); err == nil {
		err = rmErr
	}
	return asFault(err, "%s: cannot write the adapter", dir)
}

// CanSave says whether [Save] may write the folder dir: who trains for an hour wants to know before. Errors are those of
// Save for a folder that exists.
func CanSave(dir string, replace bool) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0:
		return nil
	case err != nil:
		return fault.Wrap(fault.Conflict, err, "%s is there and cannot be read as a folder", dir)
	case !replace:
		return taken(dir)
	}
	known := map[string]bool{}
	for _, name := range replaceable {
		known[name] = true
	}
	for _, e := range entries {
		if !known[e.Name()] || !e.Type().IsRegular() {
			return fault.New(fault.Conflict, "%s holds %.80q, which is no part of an adapter: it is not replaced", dir, e.Name()).
				WithHint("save to another folder, or move what is in this one")
		}
	}
	return nil
}

func taken(dir string) error {
	return fault.New(fault.Conflict, "%s exists already", dir).WithHint("save to another folder, or ask for it to be replaced")
}

// place makes the folder temp visible as dir. Unless it replaces, it takes the place of nothing but an empty folder,
// whatever has come there since [CanSave] looked.
func place(temp, dir string, replace bool) error {
	if replace {
		return errors.Join(publish(temp, dir), atomicfile.SyncDir(filepath.Dir(dir)))
	}
	if info, err := os.Lstat(dir); err == nil && info.IsDir() {
		if os.Remove(dir) != nil { // only an empty one can be removed
			return taken(dir)
		}
	}
	err := os.Rename(temp, dir)
	if errors.Is(err, fs.ErrExist) {
		return taken(dir)
	}
	return errors.Join(err, atomicfile.SyncDir(filepath.Dir(dir)))
}

// writeTo writes the files into an empty folder, and reads them back.
func (a *Adapter) writeTo(temp, name, digest string, o peft.WriteOptions) error {
	card := a.Card
	if card.Name == "" {
		card.Name = name
	}
	if err := card.Validate(); err != nil {
		return err
	}
	if err := peft.Write(temp, a.Updates, o); err != nil {
		return err
	}
	if err := writeCard(temp, card); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	saved, err := Load(temp)
	if err != nil {
		return err
	}
	if saved.Digest != digest {
		err = fault.New(fault.Internal, "the files that were written do not hold the adapter")
	}
	return errors.Join(err, saved.Close())
}

// linearPaths lists the layers that target_modules may speak of; nil where the base is unknown.
func linearPaths(sites []delta.Site) []string {
	if sites == nil {
		return nil
	}
	paths := slices.Clone(unusedLayers) // PEFT sees them
	for _, s := range sites {
		if s.Kind == delta.Linear {
			paths = append(paths, s.Path)
		}
	}
	return paths
}
