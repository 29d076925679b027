//go:build cgo

package chunk

/*
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
#include <stddef.h>

// A part of tree-sitter's C library, which github.com/tree-sitter/go-tree-sitter links. It is weak, as it is not there yet when
// this package alone is linked.
__attribute__((weak)) void ts_set_allocator(
	void *(*)(size_t), void *(*)(size_t, size_t), void *(*)(void *, size_t), void (*)(void *));

static void plain_allocator(void) {
	if (ts_set_allocator) ts_set_allocator(NULL, NULL, NULL, NULL);
}
*/
import "C"

import "sync"

// plainAllocator has tree-sitter allocate as it does by itself, by malloc. The Go package has it call functions in Go, which call
// C's: two crossings for each node, more than a fifth of the time of cutting. What those have allocated, free takes as well.
var plainAllocator = sync.OnceFunc(func() { C.plain_allocator() })
