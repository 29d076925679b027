package model

// This file defines the record of a training beside a model whose weights were all trained; an adapter has it on its card.

import (
	"encoding/json"
	"path/filepath"

	"loradex/adapters"
	"loradex/internal/atomicfile"
	"loradex/internal/fault"
)

// trainingFile lies in the folder of a model whose weights were all trained, and holds what that took.
const trainingFile = "loradex-training.json"

// WriteTraining writes what training took into the folder of the model that came of it.
func WriteTraining(dir string, t *adapters.Training) error {
	if err := t.Validate(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "training")
	}
	if err := atomicfile.WriteBytes(filepath.Join(dir, trainingFile), 0o644, append(text, '\n')); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s cannot be written", trainingFile)
	}
	return nil
}

// ReadTraining reads what WriteTraining wrote; nil where the folder has none: most models were made elsewhere.
func ReadTraining(dir string) (*adapters.Training, error) {
	path := filepath.Join(dir, trainingFile)
	var t adapters.Training
	if found, err := readJSON(path, &t); err != nil || !found {
		return nil, err
	}
	if err := t.Validate(); err != nil {
		return nil, fault.Wrap(fault.Corrupt, err, "%s", path)
	}
	return &t, nil
}
