package indexertest

import (
	"context"
	"sort"
	"sync/atomic"

	"loradex/adapters/adapterstest"
	"loradex/embed"
	"loradex/indexer"
	"loradex/internal/fault"
)

// Source is a snapshot made of a map.
type Source struct {
	Rev   string
	Dirty bool
	Files map[string]string         // content by path
	Stats map[string]indexer.Stat   // stat data by path; nil: like a revision, with blob hashes and no stat data
	Skip  map[string]indexer.Reason // entries that are passed over
	Fail  map[string]error          // what reading a path returns
	Reads atomic.Int64              // how many files were read
}

// Scan lists the files as [indexer.Source] says.
func (s *Source) Scan(_ context.Context, known map[string]indexer.FileState, _ func(int)) (*indexer.Snapshot, error) {
	snap := &indexer.Snapshot{Repo: "/repo", Rev: s.Rev, Dirty: s.Dirty}
	for path, content := range s.Files {
		e := indexer.Entry{Path: path, Size: int64(len(content)), Stat: s.Stats[path]}
		if s.Stats == nil {
			e.Blob = indexer.BlobHash([]byte(content))
		} else if was, ok := known[path]; ok && e.Stat != (indexer.Stat{}) && was.Stat == e.Stat {
			e.Blob = was.Blob
		}
		e.Read = func(_ context.Context, limit int64) (indexer.Content, error) {
			s.Reads.Add(1)
			if err := s.Fail[path]; err != nil {
				return indexer.Content{}, err
			}
			if int64(len(content)) > limit {
				return indexer.Content{}, indexer.SkipError{Reason: indexer.Huge}
			}
			return indexer.Content{Data: []byte(content), Stat: s.Stats[path]}, nil
		}
		snap.Entries = append(snap.Entries, e)
	}
	for path, reason := range s.Skip {
		snap.Entries = append(snap.Entries, indexer.Entry{Path: path, Skip: reason})
	}
	sort.Slice(snap.Entries, func(i, j int) bool { return snap.Entries[i].Path < snap.Entries[j].Path })
	return snap, nil
}

// Dimensions is the length of the vectors of [Encoder].
const Dimensions = 8

// Encoder makes a unit vector from the digest of a text and the names in its mix.
type Encoder struct {
	Texts []string // every text that was encoded, in order
	Limit int      // Each fails after that many texts; 0: never
}

// Each makes the vectors.
func (e *Encoder) Each(_ context.Context, rows []embed.Row, take func(i int, vector []float32, tokens int) error) error {
	for i, row := range rows {
		if e.Limit > 0 && len(e.Texts) >= e.Limit {
			return fault.New(fault.Unavailable, "the encoder fails on purpose")
		}
		e.Texts = append(e.Texts, row.Text)
		mix := ""
		for _, t := range row.Mix.Terms() {
			mix += t.ID
		}
		if err := take(i, UnitVector(mix+"\x00"+row.Text, Dimensions), len(row.Text)); err != nil {
			return err
		}
	}
	return nil
}

// Spaces returns plans for spaces with these mixes; the first is the default. It panics at a text that is none.
func Spaces(mixes ...string) []indexer.SpacePlan {
	plans := make([]indexer.SpacePlan, len(mixes))
	for i, text := range mixes {
		plans[i] = indexer.SpacePlan{Default: i == 0, Space: embed.Space{
			Model: "test", Mix: adapterstest.Mix(text), MixDigest: text,
			Normalize: true, Dimensions: Dimensions,
		}}
	}
	return plans
}
