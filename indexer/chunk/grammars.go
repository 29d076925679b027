package chunk

import "sync"

// grammars returns the table of languages that are cut by syntax. A new language is one line here. Nothing changes the
// table after it is made.
var grammars = sync.OnceValue(func() []*grammar {
	return []*grammar{
		goGrammar(),
		pythonGrammar(),
		javaGrammar(),
		javascriptGrammar(),
		typescriptGrammar("typescript"),
		typescriptGrammar("tsx"),
		rustGrammar(),
		cGrammar(),
		cppGrammar(),
		csharpGrammar(),
		phpGrammar(),
		rubyGrammar(),
		shellGrammar(),
		kotlinGrammar(),
		swiftGrammar(),
		scalaGrammar(),
		luaGrammar(),
		elixirGrammar(),
		haskellGrammar(),
		zigGrammar(),
		dartGrammar(),
		protobufGrammar(),
		sqlGrammar(),
	}
})

// grammarFor returns the table entry of a language, or nil.
func grammarFor(language string) *grammar {
	for _, g := range grammars() {
		if g.name == language {
			return g
		}
	}
	return nil
}
