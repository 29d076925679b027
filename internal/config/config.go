// Package config holds the settings of loradex and where they come from: the defaults, the user's loradex.yaml in
// LORADEX_HOME, the nearest loradex.yaml upwards from the working folder, and the environment. A later one wins; flags,
// which the command line applies itself, win over all.
//
//	c, err := config.Load(config.Places{Home: home.Dir, Start: ".", Getenv: os.Getenv})
//	fmt.Println(c.Search.Mode, c.Files)
//
// [Settings] lists every key with its environment variable and meaning; loradex.example.yaml beside this file is made
// from it.
package config

import (
	"time"

	"loradex/internal/fault"
)

// Config is what can be set. The zero value is not the default: [Default] is.
type Config struct {
	// Model is the name of an installed model or the path of a folder. "" is the model that set-up installs; "none"
	// does without vectors: index and search are lexical.
	Model string `yaml:"model"`
	// Device runs the encoder. The default is "cpu".
	Device string `yaml:"device"`
	// Threads computes one run of the encoder. 0 is one per core.
	Threads int `yaml:"threads"`
	// Waiting is what threads do while they wait for each other: spin or sleep.
	Waiting string `yaml:"waiting"`
	// MaxTokens cuts texts, special tokens included. 0 is the model's own limit.
	MaxTokens int `yaml:"max_tokens"`
	// Window cuts longer texts into windows of so many tokens, whose vectors are averaged. 0 truncates.
	Window int `yaml:"window"`
	// Stride is how many tokens lie between the starts of two windows. 0 is half the window.
	Stride int `yaml:"stride"`
	// Index and Search are the settings of these commands.
	Index  Index  `yaml:"index"`
	Search Search `yaml:"search"`
	// Qdrant is the server that keeps indexes whose store is "qdrant".
	Qdrant Qdrant `yaml:"qdrant"`

	// Files lists the configuration files that were read, in order.
	Files []string `yaml:"-"`
}

// Index is what `loradex index` does without flags.
type Index struct {
	// Adapter is the mix of a space to fill beside those that the index has. "" adds none.
	Adapter string `yaml:"adapter"`
	// LanguageWise gives each language a mix of its own, as the flag of index. "" keeps what the index has.
	LanguageWise string `yaml:"language_wise"`
	// Store keeps a new index: "sqlite" (the default) or "qdrant". An index that is there stays where it is.
	Store string `yaml:"store"`
	// MaxFileBytes is the size above which a file is passed over. 0 is 1 MiB.
	MaxFileBytes int64 `yaml:"max_file_bytes"`
}

// Search is what `loradex search` does without flags.
type Search struct {
	// Adapter is the mix of queries. "" is the default space of the index.
	Adapter string `yaml:"adapter"`
	// Mode is "hybrid" (the default), "dense" or "lexical".
	Mode string `yaml:"mode"`
	// Fusion says how the rankings by vectors and by words become one: "scores" (the default) or "ranks".
	Fusion string `yaml:"fusion"`
	// LexicalWeight is the weight of words against the vectors' 1. 0 is the fusion's own.
	LexicalWeight float64 `yaml:"lexical_weight"`
	// RRFK is the constant of the fusion "ranks". The default is 60.
	RRFK int `yaml:"rrf_k"`
	// AllWords looks for every word of a question, also those that it is only asked with. The default is false.
	AllWords bool `yaml:"all_words"`
	// SymbolBoost raises hits whose symbol the query says, PathBoost those whose file it names. 0 is none.
	SymbolBoost float64 `yaml:"symbol_boost"`
	PathBoost   float64 `yaml:"path_boost"`
	// Diversity is what every better hit of the same file takes from a hit. 0, the default, is none.
	Diversity float64 `yaml:"diversity"`
	// Fold leaves out copies of better hits: "same" (the default), "near" or "none".
	Fold string `yaml:"fold"`
	// Rerank is the folder of a cross-encoder that orders the first RerankDepth hits anew. "", the default, is none.
	Rerank string `yaml:"rerank"`
	// RerankDepth is 50 by default.
	RerankDepth int `yaml:"rerank_depth"`
	// Merge says how rankings of a language-wise index's spaces become one: "cosines" (the default), "scores" or "ranks".
	Merge string `yaml:"merge"`
	// K is how many hits are shown. The default is 10.
	K int `yaml:"k"`
}

// Qdrant says where the server is, and how collections are made.
type Qdrant struct {
	// Address is host:port of the gRPC interface. The default is 127.0.0.1:6334.
	Address string `yaml:"address"`
	// APIKey is sent with every request. "" sends none.
	APIKey Secret `yaml:"api_key"`
	// TLS encrypts the connection. An API key for another machine needs it.
	TLS bool `yaml:"tls"`
	// Prefix begins the names of collections. The default is "loradex".
	Prefix string `yaml:"prefix"`
	// Shards, Replicas and WriteConsistency are those of new collections. The default is 1 each.
	Shards           int `yaml:"shards"`
	Replicas         int `yaml:"replicas"`
	WriteConsistency int `yaml:"write_consistency"`
	// Quantization of new collections: "none" (the default), "scalar" or "binary".
	Quantization string `yaml:"quantization"`
	// Oversampling is how many times k candidates of a quantized search are scored exactly. The default is 4.
	Oversampling float64 `yaml:"oversampling"`
	// Timeout bounds one request. The default is 30 seconds.
	Timeout time.Duration `yaml:"timeout"`
}

// Secret is a text that is never printed.
type Secret string

// String hides the text.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(hidden)"
}

// GoString hides the text from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the text from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// maxWeight bounds weights and boosts: beyond it nothing else would count.
const maxWeight = 1000

// MaxK bounds the hits that one search returns.
const MaxK = 1000

// Default returns the settings of an empty configuration.
func Default() Config {
	return Config{
		Device: "cpu", Waiting: "spin", Index: Index{Store: "sqlite"},
		Search: Search{
			Mode: "hybrid", Fusion: "scores", RRFK: 60, SymbolBoost: 0.5, PathBoost: 0.25, Fold: "same", RerankDepth: 50,
			Merge: "cosines", K: 10,
		},
		Qdrant: Qdrant{
			Address: "127.0.0.1:6334", Prefix: "loradex", Shards: 1, Replicas: 1, WriteConsistency: 1,
			Quantization: "none", Oversampling: 4, Timeout: 30 * time.Second,
		},
	}
}

// Validate says which setting cannot work, by its key. What names a model, a device, a mix or a
// server is checked where it is used.
func (c Config) Validate() error {
	for _, n := range []struct {
		key           string
		value, lo, hi int64
	}{
		{"threads", int64(c.Threads), 0, 1024},
		{"max_tokens", int64(c.MaxTokens), 0, 1 << 20},
		{"window", int64(c.Window), 0, 1 << 20},
		{"stride", int64(c.Stride), 0, int64(c.Window)},
		{"index.max_file_bytes", c.Index.MaxFileBytes, 0, 1 << 30},
		{"search.k", int64(c.Search.K), 1, MaxK},
		{"search.rrf_k", int64(c.Search.RRFK), 1, 100_000},
		{"search.rerank_depth", int64(c.Search.RerankDepth), 1, 1000},
		{"qdrant.shards", int64(c.Qdrant.Shards), 1, 1024},
		{"qdrant.replicas", int64(c.Qdrant.Replicas), 1, 64},
		{"qdrant.write_consistency", int64(c.Qdrant.WriteConsistency), 1, int64(c.Qdrant.Replicas)},
	} {
		if n.value < n.lo || n.value > n.hi {
			return fault.New(fault.Invalid, "%s is %d, want %d to %d", n.key, n.value, n.lo, n.hi)
		}
	}
	if c.Search.Fusion == "minmax" {
		return removed("search.fusion minmax", "use scores, the default, or ranks")
	}
	for _, w := range []struct {
		key, value string
		known      []string
	}{
		{"waiting", c.Waiting, []string{"spin", "sleep"}},
		{"index.store", c.Index.Store, Stores()},
		{"search.mode", c.Search.Mode, Modes()},
		{"search.fusion", c.Search.Fusion, []string{"scores", "ranks"}},
		{"search.fold", c.Search.Fold, []string{"same", "near", "none"}},
		{"search.merge", c.Search.Merge, []string{"cosines", "scores", "ranks"}},
		{"qdrant.quantization", c.Qdrant.Quantization, []string{"none", "scalar", "binary"}},
	} {
		if err := oneOf(w.key, w.value, w.known); err != nil {
			return err
		}
	}
	for _, n := range []struct {
		key   string
		value float64
	}{
		{"search.lexical_weight", c.Search.LexicalWeight},
		{"search.symbol_boost", c.Search.SymbolBoost},
		{"search.path_boost", c.Search.PathBoost},
		{"search.diversity", c.Search.Diversity},
	} {
		if !(n.value >= 0 && n.value <= maxWeight) { // false for NaN, too
			return fault.New(fault.Invalid, "%s is %g, want 0 to %d", n.key, n.value, maxWeight)
		}
	}
	if o := c.Qdrant.Oversampling; !(o >= 1 && o <= 100) {
		return fault.New(fault.Invalid, "qdrant.oversampling is %g, want 1 to 100", o)
	}
	if t := c.Qdrant.Timeout; t < 100*time.Millisecond || t > time.Hour {
		return fault.New(fault.Invalid, "qdrant.timeout is %v, want 100ms to 1h", t).WithHint("write a unit, as in 30s")
	}
	return nil
}

// removed is the error for what earlier versions could be set to.
func removed(what, hint string) error {
	return fault.New(fault.Invalid, "%s was removed: rankings were better without it", what).WithHint("%s", hint)
}

// Stores lists the values of index.store.
func Stores() []string { return []string{"sqlite", "qdrant"} }

// Modes lists the values of search.mode.
func Modes() []string { return []string{"hybrid", "dense", "lexical"} }

func oneOf(key, value string, known []string) error {
	list := ""
	for _, k := range known {
		if k == value {
			return nil
		}
		if list != "" {
			list += ", "
		}
		list += k
	}
	return fault.New(fault.Invalid, "%s is %q", key, value).WithHint("use one of: %s", list)
}
