package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"loradex/adapters"
	"loradex/adapters/merge"
	"loradex/embed"
	"loradex/embed/model"
	"loradex/internal/fault"
)

// MergeOptions say which adapters become one, or part of a model.
type MergeOptions struct {
	merge.Options
	Name    string // of the adapter that is made, in the library
	Replace bool   // an adapter of that name
	From    []string
	Weights []float32 // of From; none are all 1
	Command string    // for the card
}

// MergeAdapters makes an adapter of others.
func (s *Session) MergeAdapters(ctx context.Context, o MergeOptions) (e adapters.Entry, err error) {
	if len(o.Weights) == 0 {
		for range o.From {
			o.Weights = append(o.Weights, 1)
		}
	}
	if len(o.Weights) != len(o.From) {
		return e, fault.Usagef("give one for each adapter, as in --weights 0.7,0.3", "there are %d weights for %d adapters", len(o.Weights), len(o.From))
	}
	var terms []adapters.Term
	for i, name := range o.From {
		terms = append(terms, adapters.Term{ID: name, Weight: o.Weights[i]})
	}
	if _, sumErr := adapters.Sum(terms...); sumErr != nil || o.Validate() != nil || adapters.ValidName(o.Name) != nil {
		return e, fault.Usage(errors.Join(adapters.ValidName(o.Name), sumErr, o.Validate()))
	}
	lib, err := s.Library()
	if err != nil {
		return e, err
	}
	base, err := s.Base(ctx)
	if err != nil {
		return e, err
	}
	var list []adapters.Weighted // in the order in which they were named
	defer func() { err = errors.Join(err, adapters.CloseAll(list)) }()
	for _, t := range terms {
		a, err := lib.Get(ctx, t.ID)
		if err != nil {
			return e, err
		}
		list = append(list, adapters.Weighted{Adapter: a, Weight: t.Weight})
		if err := a.Card.CheckBase(base.BaseModel, base.BaseDigest); err != nil {
			return e, err
		}
	}
	merged, err := merge.Adapters(list, base.Sites, o.Options)
	if err != nil {
		return e, err
	}
	merged.Card.Command, merged.Card.BaseDigest = o.Command, base.BaseDigest
	if err := adapters.Save(filepath.Join(lib.Dir(), o.Name), merged, adapters.SaveOptions{Sites: base.Sites, Replace: o.Replace}); err != nil {
		return e, err
	}
	return lib.Entry(ctx, o.Name)
}

// MergeIntoBase writes a model folder that does alone what the base does with a mix. The folder must not exist, or be empty.
func (s *Session) MergeIntoBase(ctx context.Context, mix, out string) (_ *ModelEntry, err error) {
	m, err := adapters.ParseMix(mix)
	if err != nil {
		return nil, fault.Usage(err)
	}
	if r := m.Route(); r != nil {
		return nil, fault.New(fault.Unsupported, "router %s chooses for each token, which no weight can hold", r.Name).
			WithHint("merge a sum of adapters, as in go+security*0.3")
	}
	lib, err := s.Library()
	if err != nil {
		return nil, err
	}
	dir, err := s.ModelDir()
	if err != nil {
		return nil, err
	}
	base, err := model.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, base.Close()) }()
	list, err := lib.Resolve(ctx, m)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, adapters.CloseAll(list)) }()
	for _, w := range list {
		if err := w.Adapter.Card.CheckBase(base.AdapterBase()); err != nil {
			return nil, err
		}
	}
	out = filepath.Clean(out)
	if left, err := os.ReadDir(out); err == nil && len(left) > 0 {
		return nil, fault.New(fault.Conflict, "%s is there already", out).WithHint("name a folder that does not exist")
	}
	// It is made beside its place and renamed, so that nobody finds half a model.
	tmp, err := os.MkdirTemp(filepath.Dir(out), ".merge-*")
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be written beside", out)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	made := filepath.Join(tmp, filepath.Base(out))
	if err = os.Mkdir(made, 0o755); err == nil { //nolint:gosec // as other folders of the user
		err = embed.MergeInto(ctx, base, list, made)
	}
	if err == nil {
		err = model.Check(made)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Rename(made, out); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s cannot be put in place", out)
	}
	entry := describeModel(out, filepath.Base(out))
	if entry.Problem != "" {
		return nil, fault.New(fault.Internal, "%s was made and cannot be used: %s", out, entry.Problem)
	}
	return &entry, nil
}

// MergeMethods lists the ways of merging, as help wants them.
func MergeMethods() (names []string, about string) {
	names, what := merge.Methods()
	for i, name := range names {
		about += fmt.Sprintf("\n  %-16s %s", name, what[i])
	}
	return names, about
}
