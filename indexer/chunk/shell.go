package chunk

// shellGrammar serves bash and what is close to it. Only functions are definitions; everything else is the script.
func shellGrammar() *grammar {
	return &grammar{
		name:     "shell",
		version:  "3",
		seeds:    []string{"function_definition"},
		comments: []string{"comment"},
		through:  []string{"if_statement", "list"},
		rules: map[string][]rule{
			"function_definition": one(rule{kind: KindFunction}),
		},
	}
}
