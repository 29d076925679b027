package model

// This file defines the record of a training beside a model whose weights were all trained; an adapter has it on its card.

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loradex/adapters"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// TrainingFile lies in the folder of a model whose weights were all trained, and holds what that took.
const TrainingFile = "loradex-training.json"

// maxTraining bounds the file's bytes.
const maxTraining = 1 << 20

// WriteTraining writes what training took into the folder of the model that came of it.
func WriteTraining(dir string, t *adapters.Training) error {
	if err := t.Validate(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "training")
	}
	err = atomicfile.Write(filepath.Join(dir, TrainingFile), 0o644, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", TrainingFile)
	}
	return nil
}

// ReadTraining reads what WriteTraining wrote; nil where the folder has none: most models were made elsewhere.
func ReadTraining(dir string) (*adapters.Training, error) {
	path := filepath.Join(dir, TrainingFile)
	f, err := os.Open(path) //nolint:gosec // the user names the folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s: cannot open", path)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTraining+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s: cannot read", path)
	}
	if len(text) > maxTraining {
		return nil, fault.New(fault.Corrupt, "%s: more than %d bytes", path, maxTraining)
	}
	var t adapters.Training
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s: not what training took", path)
	}
	if err := t.Validate(); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s", path)
	}
	return &t, nil
}
