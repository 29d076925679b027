package workspace

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"loradex/internal/atomicfile"
	"loradex/internal/fault"
	"loradex/search"
)

// This file keeps the probabilities that a user fitted: see search.Fit.

// maxFits bounds the file, in bytes.
const maxFits = 1 << 20

func (s *Session) fitsFile() string { return filepath.Join(s.Home.Dir, "probabilities.json") }

// fits are those that were kept; none where there is no file.
func (s *Session) fits() ([]search.Fit, error) {
	f, err := os.Open(s.fitsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the fitted probabilities")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFits))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the fitted probabilities")
	}
	var fits []search.Fit
	if err := json.Unmarshal(data, &fits); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s does not hold fitted probabilities", s.fitsFile()).
			WithHint("delete it, and fit them again with `loradex eval probability --write`")
	}
	return fits, nil
}

// KeepFit keeps a fit, in place of one for the same, and returns the file.
func (s *Session) KeepFit(fit search.Fit) (string, error) {
	fits, err := s.fits()
	if err != nil {
		return "", err
	}
	fits = slices.DeleteFunc(fits, func(f search.Fit) bool { return f.Fitting == fit.Fitting })
	data, err := json.MarshalIndent(append(fits, fit), "", "  ")
	if err != nil {
		return "", fault.Wrap(fault.Internal, err, "the fitted probabilities")
	}
	if len(data) >= maxFits {
		return "", fault.New(fault.Invalid, "%s would be larger than it is read", s.fitsFile()).WithHint("delete it")
	}
	if err := os.MkdirAll(s.Home.Dir, 0o750); err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "the fitted probabilities")
	}
	if err := atomicfile.WriteBytes(s.fitsFile(), 0o644, append(data, '\n')); err != nil {
		return "", err
	}
	return s.fitsFile(), nil
}
