package train

// recipe is a way of training that somebody has described, as options.
type recipe struct {
	Name   string
	Source string
	About  string
	// Options are the recipe's; what is zero has the default.
	Options Options
}

// Recipes is the table of recipes. A new one is a line here, with a loss or a method of its own where it needs one.
func Recipes() []recipe {
	return []recipe{
		{
			Name:   "loracode",
			Source: "Chaturvedi et al. 2025, LoRACode: LoRA Adapters for Code Embeddings, arXiv:2503.05315",
			About: "code retrieval: LoRA on query and value layers, rank 16, 32 or 64, alpha twice the rank, dropout 0.1; one adapter " +
				"for a task, or one for each language",
			Options: Options{Rank: 16, Targets: []string{"query", "value"}, Dropout: 0.1},
		},
		{
			Name:   "domain",
			Source: "Schopf et al. 2023, Efficient Domain Adaptation of Sentence Embeddings Using Adapters, arXiv:2307.03104",
			About: "sentences of one domain: a light adapter in every block, here LoRA on all linear layers; --full beside it " +
				"trains all weights, to see how far the adapter is from that",
			Options: Options{Rank: 16, Targets: []string{"all-linear"}},
		},
	}
}

// RecipeNamed finds a recipe. Invalid, naming those that there are, for another name.
func RecipeNamed(name string) (recipe, error) {
	return find("recipe", name, Recipes(), func(r recipe) string { return r.Name })
}
