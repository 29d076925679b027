//go:build cgo

package chunk

import (
	"unsafe"

	dart "github.com/alexaandru/go-sitter-forest/dart"
	swift "github.com/alexaandru/go-sitter-forest/swift"
	kotlin "github.com/tree-sitter-grammars/tree-sitter-kotlin/bindings/go"
	lua "github.com/tree-sitter-grammars/tree-sitter-lua/bindings/go"
	zig "github.com/tree-sitter-grammars/tree-sitter-zig/bindings/go"
	bash "github.com/tree-sitter/tree-sitter-bash/bindings/go"
	csharp "github.com/tree-sitter/tree-sitter-c-sharp/bindings/go"
	c "github.com/tree-sitter/tree-sitter-c/bindings/go"
	cpp "github.com/tree-sitter/tree-sitter-cpp/bindings/go"
	elixir "github.com/tree-sitter/tree-sitter-elixir/bindings/go"
	golang "github.com/tree-sitter/tree-sitter-go/bindings/go"
	haskell "github.com/tree-sitter/tree-sitter-haskell/bindings/go"
	java "github.com/tree-sitter/tree-sitter-java/bindings/go"
	javascript "github.com/tree-sitter/tree-sitter-javascript/bindings/go"
	php "github.com/tree-sitter/tree-sitter-php/bindings/go"
	python "github.com/tree-sitter/tree-sitter-python/bindings/go"
	ruby "github.com/tree-sitter/tree-sitter-ruby/bindings/go"
	rust "github.com/tree-sitter/tree-sitter-rust/bindings/go"
	scala "github.com/tree-sitter/tree-sitter-scala/bindings/go"
	typescript "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

// parsers are the generated parsers of the languages of the table in grammars.go.
var parsers = map[string]func() unsafe.Pointer{
	"go":         golang.Language,
	"python":     python.Language,
	"java":       java.Language,
	"javascript": javascript.Language,
	"typescript": typescript.LanguageTypescript,
	"tsx":        typescript.LanguageTSX,
	"rust":       rust.Language,
	"c":          c.Language,
	"c++":        cpp.Language,
	"c#":         csharp.Language,
	"php":        php.LanguagePHP,
	"ruby":       ruby.Language,
	"shell":      bash.Language,
	"kotlin":     kotlin.Language,
	"swift":      swift.GetLanguage,
	"scala":      scala.Language,
	"lua":        lua.Language,
	"elixir":     elixir.Language,
	"haskell":    haskell.Language,
	"zig":        zig.Language,
	"dart":       dart.GetLanguage,
}
