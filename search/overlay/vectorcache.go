package overlay

import (
	"crypto/sha256"
	"sync"
)

// maxKnown bounds the vectors that are remembered of earlier states of buffers: of 384 dimensions they take 6 MB.
const maxKnown = 4096

// vectorCache remembers vectors by text, so that nothing is encoded twice while somebody types and takes back. It has two
// generations: what was not used while one filled up is forgotten with the next.
type vectorCache struct {
	mu       sync.Mutex // guards what follows
	now, old map[cacheKey]vector
}

type cacheKey struct {
	space string
	text  [sha256.Size]byte
}

func newVectorCache() *vectorCache {
	return &vectorCache{now: map[cacheKey]vector{}, old: map[cacheKey]vector{}}
}

func keyOf(space, text string) cacheKey { return cacheKey{space, sha256.Sum256([]byte(text))} }

func (c *vectorCache) get(space, text string) vector {
	k := keyOf(space, text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.now[k]; v != nil {
		return v
	}
	v := c.old[k]
	if v != nil {
		c.add(k, v)
	}
	return v
}

func (c *vectorCache) put(space, text string, v vector) {
	k := keyOf(space, text)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(k, v)
}

// add is put for callers that hold mu.
func (c *vectorCache) add(k cacheKey, v vector) {
	if len(c.now) >= maxKnown/2 {
		c.old, c.now = c.now, make(map[cacheKey]vector, maxKnown/2)
	}
	c.now[k] = v
}
