package vectorcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"loradex/evaluation"
	"loradex/internal/fault"
)

// Cache is an open folder of vectors. It implements [evaluation.VectorCache]: calls come one at a time.
type Cache struct {
	dir    string
	spaces map[string]*space
}

var _ evaluation.VectorCache = (*Cache)(nil)

// Open returns the cache of a folder, which is made with the first vector that is put there.
func Open(dir string) (*Cache, error) {
	if dir == "" {
		return nil, fault.New(fault.Invalid, "a vector cache needs a folder")
	}
	return &Cache{dir: dir, spaces: map[string]*space{}}, nil
}

// Get returns the vector of a key and whether it is there.
func (c *Cache) Get(ctx context.Context, key evaluation.VectorKey) ([]float32, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	s, err := c.space(key.Space)
	if err != nil {
		return nil, false, err
	}
	at, ok := s.places[key.Text]
	if !ok {
		return nil, false, nil
	}
	v, err := at.file.read(at.offset, key.Text)
	return v, v != nil, err
}

// Put stores a vector. Invalid for a length that the file of its space does not have.
func (c *Cache) Put(ctx context.Context, key evaluation.VectorKey, vector []float32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := c.space(key.Space)
	if err != nil {
		return err
	}
	if s.own == nil {
		if s.own, err = create(s.dir, len(vector)); err != nil {
			return err
		}
		s.files = append(s.files, s.own)
	}
	offset, err := s.own.append(key.Text, vector)
	if err != nil {
		return err
	}
	s.places[key.Text] = place{s.own, offset}
	return nil
}

// Close writes what is buffered and closes all files.
func (c *Cache) Close() error {
	var all []error
	for _, s := range c.spaces {
		for _, f := range s.files {
			all = append(all, f.close())
		}
	}
	c.spaces = map[string]*space{}
	return errors.Join(all...)
}

// space is what is known of one space.
type space struct {
	dir    string
	files  []*file
	own    *file // that this process writes; nil before the first vector
	places map[[sha256.Size]byte]place
}

// place is where a vector lies.
type place struct {
	file   *file
	offset int64
}

// space opens the folder of a space with the first call.
func (c *Cache) space(name string) (*space, error) {
	if s := c.spaces[name]; s != nil {
		return s, nil
	}
	sum := sha256.Sum256([]byte(name)) // names are free text; a digest is a safe file name
	s := &space{dir: filepath.Join(c.dir, hex.EncodeToString(sum[:16])), places: map[[sha256.Size]byte]place{}}
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, readError(err)
	}
	c.spaces[name] = s // before its files are open, so that Close sees those that are
	for _, e := range entries {
		if filepath.Ext(e.Name()) != extension {
			continue
		}
		f, digests, err := open(filepath.Join(s.dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		s.files = append(s.files, f)
		for i, d := range digests {
			s.places[d] = place{f, f.offset(i)}
		}
	}
	return s, nil
}
