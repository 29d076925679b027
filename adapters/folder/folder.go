// Package folder has what the formats of adapters have in common, which are folders of a configuration and a file of tensors:
// opening their files, knowing or refusing the fields of their configurations, and the result.
//
//	f, err := peft.Open(root, "adapters/go") // a *folder.Folder, as adapterhub.Open gives one
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	for path, update := range f.Updates {
//		fmt.Println(path, update.Rank())
//	}
//
// Reading goes through an [os.Root], so a symbolic link cannot make it read outside the folder.
package folder

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// ConfigFile is the name of the configuration in every format.
const ConfigFile = "adapter_config.json"

// Folder is an open folder of an adapter.
type Folder struct {
	Method    string                  // key of the table of methods: "lora"
	BaseModel string                  // name or path of the base, as the configuration has it; may be empty
	RSLoRA    bool                    // scales were made as α/√r
	Updates   map[string]delta.Update // by the path of their site. Slices may alias the mapped file: never write to them
	Bytes     int64                   // of the weights file
	Targets   func(s delta.Site) bool // whether the configuration adapts a site of a model
	Close     func() error            // unmaps the weights; the updates' slices are invalid afterwards
}

// Open opens a file of the folder under root; name stands in messages. Errors are NotFound and Unavailable.
func Open(root *os.Root, name, file string) (*os.File, error) {
	f, err := root.Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(fault.NotFound, err, "%s: no %s", name, file)
	case err != nil:
		return nil, Unreadable(err, name, file)
	}
	return f, nil
}

// Unreadable is the error for a file of a folder that cannot be opened. os.Root reports a link that leaves the folder without a
// sentinel, so the hint covers both causes.
func Unreadable(err error, name, file string) error {
	return fault.Wrap(fault.Unavailable, err, "%s/%s: cannot open", name, file).
		WithHint("the file must be readable and must not be a link out of the folder; copy the folder with `cp -rL`")
}

// MaxConfig bounds a configuration. Real files are under 10 kB, those that list every module under 100 kB.
const MaxConfig = 4 << 20

// ReadConfig returns the text of the folder's configuration, and one byte of what is more than [MaxConfig].
func ReadConfig(root *os.Root, name string) ([]byte, error) {
	f, err := Open(root, name, ConfigFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxConfig+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s/%s: cannot read", name, ConfigFile)
	}
	return text, nil
}

// Use says what a known field of a configuration does to the vectors.
type Use int

// A field that is unknown could mean anything, so it is never guessed to be harmless.
const (
	Used     Use = iota // read
	Harmless            // steers training, merging or other libraries only
	Refused             // changes the mathematics; refused unless off
)

// Unserved finds the first field in byte order that cannot be served, and whether it is a known one; "" where all can.
func Unserved(raw map[string]json.RawMessage, fields map[string]Use) (key string, known bool) {
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		use, known := fields[key]
		if (!known || use == Refused) && !isOff(raw[key]) {
			return key, known
		}
	}
	return "", false
}

// isOff says whether a field's value means "not used" in any reading: null, false, "", [] or {}.
func isOff(v json.RawMessage) bool {
	var compact bytes.Buffer
	if err := json.Compact(&compact, v); err != nil {
		return false
	}
	switch compact.String() {
	case "null", "false", `""`, "[]", "{}":
		return true
	}
	return false
}
