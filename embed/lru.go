package embed

import "container/list"

// lru keeps the most recently used values up to a number of bytes; the last one stays whatever it takes. It is not safe for
// concurrent use.
type lru[V any] struct {
	limit  int
	drop   func(V) // called with what goes; nil: nothing to do
	known  map[string]*list.Element
	recent *list.List // of lruEntry[V], most recently used first
	bytes  int
}

type lruEntry[V any] struct {
	key   string
	value V
	bytes int
}

func newLRU[V any](limit int, drop func(V)) *lru[V] {
	return &lru[V]{limit: limit, drop: drop, known: map[string]*list.Element{}, recent: list.New()}
}

// get finds a value and marks it as used.
func (c *lru[V]) get(key string) (value V, ok bool) {
	at, ok := c.known[key]
	if !ok {
		return value, false
	}
	c.recent.MoveToFront(at)
	e, _ := at.Value.(lruEntry[V]) // the list holds nothing else
	return e.value, true
}

// put adds a value under a key that is not there, and drops the least recently used ones while there is too much.
func (c *lru[V]) put(key string, value V, bytes int) {
	c.known[key] = c.recent.PushFront(lruEntry[V]{key, value, bytes})
	for c.bytes += bytes; c.bytes > c.limit && c.recent.Len() > 1; {
		c.dropLast()
	}
}

// clear drops everything.
func (c *lru[V]) clear() {
	for c.recent.Len() > 0 {
		c.dropLast()
	}
}

func (c *lru[V]) dropLast() {
	e, _ := c.recent.Remove(c.recent.Back()).(lruEntry[V])
	delete(c.known, e.key)
	c.bytes -= e.bytes
	if c.drop != nil {
		c.drop(e.value)
	}
}
