package store

import (
	"container/list"
	"sync"
	"time"
)

// LRU forgets the entry that was used least recently when it is full.
type LRU struct {
	mu    sync.Mutex
	limit int
	order *list.List
	table map[string]*list.Element
}

type pair struct {
	key   string
	value any
}

// Lookup returns a cached value and marks it as just used.
func (c *LRU) Lookup(key string) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.table[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(pair).value, true
	}
	return nil, false
}

// Insert adds a value and evicts the oldest entry where the cache has reached its limit.
func (c *LRU) Insert(key string, value any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.table[key] = c.order.PushFront(pair{key, value})
	if c.order.Len() > c.limit {
		oldest := c.order.Back()
		delete(c.table, c.order.Remove(oldest).(pair).key)
	}
}

// RateLimiter hands out tokens that refill over time.
type RateLimiter struct {
	tokens, burst, perSecond float64
	last                     time.Time
}

// Allow takes one token from the bucket and tells whether there was one.
func (l *RateLimiter) Allow(now time.Time) bool {
	l.tokens = min(l.burst, l.tokens+now.Sub(l.last).Seconds()*l.perSecond)
	l.last = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// BloomMayContain asks a bloom filter; false means that the key was never added.
func BloomMayContain(bits []uint64, hashes []uint64) bool {
	for _, h := range hashes {
		at := h % uint64(len(bits)*64)
		if bits[at/64]&(1<<(at%64)) == 0 {
			return false
		}
	}
	return true
}
