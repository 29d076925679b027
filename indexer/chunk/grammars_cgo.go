//go:build cgo

package chunk

import (
	"unsafe"

	bash "github.com/tree-sitter/tree-sitter-bash/bindings/go"
	csharp "github.com/tree-sitter/tree-sitter-c-sharp/bindings/go"
	c "github.com/tree-sitter/tree-sitter-c/bindings/go"
	cpp "github.com/tree-sitter/tree-sitter-cpp/bindings/go"
	golang "github.com/tree-sitter/tree-sitter-go/bindings/go"
	java "github.com/tree-sitter/tree-sitter-java/bindings/go"
	javascript "github.com/tree-sitter/tree-sitter-javascript/bindings/go"
	php "github.com/tree-sitter/tree-sitter-php/bindings/go"
	python "github.com/tree-sitter/tree-sitter-python/bindings/go"
	ruby "github.com/tree-sitter/tree-sitter-ruby/bindings/go"
	rust "github.com/tree-sitter/tree-sitter-rust/bindings/go"
	typescript "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

// language returns the generated parser of a language of the table in grammars.go; nil for another name.
func language(name string) unsafe.Pointer {
	switch name {
	case "go":
		return golang.Language()
	case "python":
		return python.Language()
	case "java":
		return java.Language()
	case "javascript":
		return javascript.Language()
	case "typescript":
		return typescript.LanguageTypescript()
	case "tsx":
		return typescript.LanguageTSX()
	case "rust":
		return rust.Language()
	case "c":
		return c.Language()
	case "c++":
		return cpp.Language()
	case "c#":
		return csharp.Language()
	case "php":
		return php.LanguagePHP()
	case "ruby":
		return ruby.Language()
	case "shell":
		return bash.Language()
	}
	return nil
}
