// Package config holds the settings of loradex and where they come from: the defaults, the user's loradex.yaml in
// LORADEX_HOME, the nearest loradex.yaml upwards from the working folder, and the environment. A later one wins; flags,
// which the command line applies itself, win over all.
//
//	c, err := config.Load(config.Places{Home: home.Dir, Start: ".", Getenv: os.Getenv})
//	fmt.Println(c.Search.Mode, c.Files)
//
// [settings] lists every key with its environment variable and meaning; loradex.example.yaml beside this file is made
// from it.
package config

import (
	"slices"
	"strings"
	"time"

	"loradex/internal/fault"
	"loradex/internal/nearest"
)

// Config is what can be set: the fields are the table of settings, which loading and the example read by their tags. The
// zero value is not the default: [Default] is.
type Config struct {
	Model     string `yaml:"model" doc:"Installed model or folder of one; \"\" is the one of set-up, \"none\" does without vectors."`
	Device    string `yaml:"device" doc:"What runs the encoder: cpu, cuda, tensorrt, coreml, directml, openvino."`
	Threads   int    `yaml:"threads" doc:"Threads of one run of the encoder; 0 is one per core."`
	Waiting   string `yaml:"waiting" doc:"What the encoder's threads do while they wait for each other: spin, or sleep, which is faster beside other busy programs."`
	MaxTokens int    `yaml:"max_tokens" doc:"Where texts are cut; 0 is the model's limit. Part of the space: another value means another index."`
	Window    int    `yaml:"window" doc:"Cut longer texts into windows of so many tokens and average their vectors; 0 truncates. Part of the space."`
	Stride    int    `yaml:"stride" doc:"Tokens between the starts of two windows; 0 is half the window. Part of the space."`
	Index     index  `yaml:"index"`
	Search    Search `yaml:"search"`
	Serve     serve  `yaml:"serve"`
	Qdrant    qdrant `yaml:"qdrant"`

	// Files lists the configuration files that were read, in order.
	Files []string `yaml:"-"`
}

// index is what `loradex index` does without flags.
type index struct {
	Adapter      string `yaml:"adapter" doc:"Mix of a space that index fills beside those that are there; \"\" adds none."`
	LanguageWise string `yaml:"language_wise" doc:"Mixes by language, as the flag --language-wise of index; \"\" keeps what the index has."`
	Store        string `yaml:"store" doc:"What keeps a new index: sqlite or qdrant. One that is there stays where it is."`
	MaxFileBytes int64  `yaml:"max_file_bytes" doc:"Larger files are passed over; 0 is 1 MiB."`
	Data         string `yaml:"data" doc:"Files of data, as JSON and XML: project takes those that describe projects and configure programs, all every one that is text, none none."`
	Encoding     string `yaml:"encoding" doc:"What files are written in that are neither UTF-8 nor UTF-16, as shift_jis; \"\" is windows-1252, utf-8 passes them over."`
}

// Search is what `loradex search` does without flags.
type Search struct {
	Adapter       string  `yaml:"adapter" doc:"Mix of queries; \"\" is the default space of the index."`
	Mode          string  `yaml:"mode" doc:"hybrid, dense or lexical."`
	Fusion        string  `yaml:"fusion" doc:"How the rankings by vectors and by words become one: scores or ranks."`
	LexicalWeight float64 `yaml:"lexical_weight" doc:"Weight of words against the vectors' 1; 0 is the fusion's own. eval tune finds one."`
	RRFK          int     `yaml:"rrf_k" doc:"Constant of the fusion ranks."`
	AllWords      bool    `yaml:"all_words" doc:"Take every word of a question for as telling as it is rare, also how and to."`
	PathBoost     float64 `yaml:"path_boost" doc:"Raises hits by the share of their file's name that the query says; 0 does not."`
	FileBoost     float64 `yaml:"file_boost" doc:"Raises the best hit of a file by what its hits have together; 0 does not."`
	NearBoost     float64 `yaml:"near_boost" doc:"Raises hits near to the place of --near; 1 is from the first hit to the two-hundredth, 0 does not."`
	Unasked       float64 `yaml:"unasked" doc:"Share of their standing that tests, examples, documents and their like lose where the query does not ask for such; 0 is none."`
	Diversity     float64 `yaml:"diversity" doc:"What every better hit of the same file takes from a hit; 0 is nothing."`
	Fold          string  `yaml:"fold" doc:"Copies of better hits that are left out: same (but for white space), near (by vectors, too) or none."`
	Rerank        string  `yaml:"rerank" doc:"Folder of a cross-encoder that orders the first hits anew; \"\" does without."`
	RerankDepth   int     `yaml:"rerank_depth" doc:"How many hits it orders."`
	Merge         string  `yaml:"merge" doc:"How rankings of a language-wise index's spaces become one: cosines, scores (for adapters of different origin) or ranks."`
	K             int     `yaml:"k" doc:"How many hits are shown."`

	Freshness time.Duration `yaml:"freshness" doc:"How long a search may look for files that changed since they were indexed; more is for slow disks and large trees."`
}

// serve is what `loradex serve` takes from its clients.
type serve struct {
	MaxBodyBytes   int64         `yaml:"max_body_bytes" doc:"Longest body of a request."`
	MaxInputs      int           `yaml:"max_inputs" doc:"Most texts of one request for embeddings."`
	MaxInFlight    int           `yaml:"max_in_flight" doc:"Requests that are worked on at a time; others wait."`
	RequestTimeout time.Duration `yaml:"request_timeout" doc:"Bounds the work on one request."`
	Grace          time.Duration `yaml:"grace" doc:"How long requests may go on when the server is stopped; then they are answered with 503."`
}

// qdrant says where the server is, and how collections are made.
type qdrant struct {
	Address          string        `yaml:"address" doc:"host:port of the gRPC interface of the Qdrant server that keeps indexes whose store is qdrant."`
	APIKey           secret        `yaml:"api_key" doc:"Sent with every request; better set in the environment. Another machine needs tls with it."`
	TLS              bool          `yaml:"tls" doc:"Encrypt the connection."`
	Prefix           string        `yaml:"prefix" doc:"Begins the names of collections. Another one looks for another index."`
	Shards           int           `yaml:"shards" doc:"Shards of a new collection."`
	Replicas         int           `yaml:"replicas" doc:"Replicas of each shard of a new collection."`
	WriteConsistency int           `yaml:"write_consistency" doc:"Replicas that must have a write before it succeeds."`
	Quantization     string        `yaml:"quantization" doc:"How a new collection compresses vectors for the first pass of a search: none, scalar or binary."`
	Oversampling     float64       `yaml:"oversampling" doc:"How many times k candidates of a quantized search are scored exactly."`
	Timeout          time.Duration `yaml:"timeout" doc:"Bounds one request."`
}

// secret is a text that is never printed.
type secret string

// String hides the text.
func (s secret) String() string {
	if s == "" {
		return ""
	}
	return "(hidden)"
}

// GoString hides the text from %#v.
func (s secret) GoString() string { return s.String() }

// MarshalText hides the text from JSON and YAML.
func (s secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// maxWeight bounds weights and boosts: beyond it nothing else would count.
const maxWeight = 1000

// maxK bounds the hits that one search returns.
const maxK = 1000

// Default returns the settings of an empty configuration.
func Default() Config {
	return Config{
		Device: "cpu", Waiting: "spin", Index: index{Store: "sqlite", Data: "project"},
		Search: Search{
			Mode: "hybrid", Fusion: "scores", RRFK: 60, PathBoost: 0.6, FileBoost: 0.25, NearBoost: 0.5, Unasked: 0.7, Diversity: 0.1, Fold: "same", RerankDepth: 50,
			Merge: "cosines", K: 10, Freshness: 25 * time.Millisecond,
		},
		Serve: serve{MaxBodyBytes: 8 << 20, MaxInputs: 2048, MaxInFlight: 64, RequestTimeout: 2 * time.Minute, Grace: 10 * time.Second},
		Qdrant: qdrant{
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
		{"search.k", int64(c.Search.K), 1, maxK},
		{"search.rrf_k", int64(c.Search.RRFK), 1, 100_000},
		{"search.rerank_depth", int64(c.Search.RerankDepth), 1, 1000},
		{"serve.max_body_bytes", c.Serve.MaxBodyBytes, 1, 1 << 30},
		{"serve.max_inputs", int64(c.Serve.MaxInputs), 1, 1 << 20},
		{"serve.max_in_flight", int64(c.Serve.MaxInFlight), 1, 1 << 16},
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
		{"index.data", c.Index.Data, []string{"project", "all", "none"}},
		{"search.mode", c.Search.Mode, []string{"hybrid", "dense", "lexical"}},
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
		{"search.path_boost", c.Search.PathBoost},
		{"search.file_boost", c.Search.FileBoost},
		{"search.near_boost", c.Search.NearBoost},
		{"search.unasked", c.Search.Unasked},
		{"search.near_boost", c.Search.NearBoost},
		{"search.diversity", c.Search.Diversity},
	} {
		if !(n.value >= 0 && n.value <= maxWeight) { // false for NaN, too
			return fault.New(fault.Invalid, "%s is %g, want 0 to %d", n.key, n.value, maxWeight)
		}
	}
	if o := c.Qdrant.Oversampling; !(o >= 1 && o <= 100) {
		return fault.New(fault.Invalid, "qdrant.oversampling is %g, want 1 to 100", o)
	}
	for _, t := range []struct {
		key           string
		value, lo, hi time.Duration
	}{
		{"search.freshness", c.Search.Freshness, 0, time.Minute},
		{"qdrant.timeout", c.Qdrant.Timeout, 100 * time.Millisecond, time.Hour},
		{"serve.request_timeout", c.Serve.RequestTimeout, 100 * time.Millisecond, 24 * time.Hour},
		{"serve.grace", c.Serve.Grace, 0, 24 * time.Hour},
	} {
		if t.value < t.lo || t.value > t.hi {
			return fault.New(fault.Invalid, "%s is %v, want %v to %v", t.key, t.value, t.lo, t.hi).WithHint("write a unit, as in 30s")
		}
	}
	return nil
}

// removed is the error for what earlier versions could be set to.
func removed(what, hint string) error {
	return fault.New(fault.Invalid, "%s was removed: rankings were better without it", what).WithHint("%s", hint)
}

// Stores lists the values of index.store.
func Stores() []string { return []string{"sqlite", "qdrant"} }

func oneOf(key, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return fault.New(fault.Invalid, "%s is %q", key, value).WithHint("%s", nearest.Hint(value, known, "use one of: "+strings.Join(known, ", ")))
}
