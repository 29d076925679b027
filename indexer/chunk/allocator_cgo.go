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

// The Go package has tree-sitter allocate by functions in Go, which call C's: two crossings for each of its nodes, more than a
// fifth of the time of cutting. This sets the library's own default, malloc and free, which are what those call in the end.
func init() { C.plain_allocator() }
