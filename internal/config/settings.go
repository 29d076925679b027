package config

// This file defines the table of settings: keys, environment variables, meanings. Loading and the example come from it.

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"loradex/internal/fault"
)

// Setting is one key of loradex.yaml.
type Setting struct {
	Key string // dotted: "search.mode"
	Env string // environment variable that wins over the files
	Doc string // one sentence for people

	field func(c *Config) any // pointer to string, Secret, int, int64, float64, bool or time.Duration
}

// Settings lists all keys, in the order of the example.
func Settings() []Setting {
	return []Setting{
		{"model", "LORADEX_MODEL", "Installed model or folder of one; \"\" is the one of set-up, \"none\" does without vectors.", func(c *Config) any { return &c.Model }},
		{"device", "LORADEX_DEVICE", "What runs the encoder: cpu, cuda, tensorrt, coreml, directml, openvino.", func(c *Config) any { return &c.Device }},
		{"threads", "LORADEX_THREADS", "Threads of one run of the encoder; 0 is one per core.", func(c *Config) any { return &c.Threads }},
		{"waiting", "LORADEX_WAITING", "What the encoder's threads do while they wait for each other: spin, or sleep, which is faster beside other busy programs.", func(c *Config) any { return &c.Waiting }},
		{"max_tokens", "LORADEX_MAX_TOKENS", "Where texts are cut; 0 is the model's limit. Part of the space: another value means another index.", func(c *Config) any { return &c.MaxTokens }},
		{"window", "LORADEX_WINDOW", "Cut longer texts into windows of so many tokens and average their vectors; 0 truncates. Part of the space.", func(c *Config) any { return &c.Window }},
		{"stride", "LORADEX_STRIDE", "Tokens between the starts of two windows; 0 is half the window. Part of the space.", func(c *Config) any { return &c.Stride }},
		{"index.adapter", "LORADEX_INDEX_ADAPTER", "Mix of a space that index fills beside those that are there; \"\" adds none.", func(c *Config) any { return &c.Index.Adapter }},
		{"index.language_wise", "LORADEX_INDEX_LANGUAGE_WISE", "Mixes by language, as the flag --language-wise of index; \"\" keeps what the index has.", func(c *Config) any { return &c.Index.LanguageWise }},
		{"index.store", "LORADEX_INDEX_STORE", "What keeps a new index: sqlite or qdrant. One that is there stays where it is.", func(c *Config) any { return &c.Index.Store }},
		{"index.max_file_bytes", "LORADEX_INDEX_MAX_FILE_BYTES", "Larger files are passed over; 0 is 1 MiB.", func(c *Config) any { return &c.Index.MaxFileBytes }},
		{"search.adapter", "LORADEX_SEARCH_ADAPTER", "Mix of queries; \"\" is the default space of the index.", func(c *Config) any { return &c.Search.Adapter }},
		{"search.mode", "LORADEX_SEARCH_MODE", "hybrid, dense or lexical.", func(c *Config) any { return &c.Search.Mode }},
		{"search.fusion", "LORADEX_SEARCH_FUSION", "How the rankings by vectors and by words become one: scores or ranks.", func(c *Config) any { return &c.Search.Fusion }},
		{"search.lexical_weight", "LORADEX_SEARCH_LEXICAL_WEIGHT", "Weight of words against the vectors' 1; 0 is the fusion's own. eval tune finds one.", func(c *Config) any { return &c.Search.LexicalWeight }},
		{"search.rrf_k", "LORADEX_SEARCH_RRF_K", "Constant of the fusion ranks.", func(c *Config) any { return &c.Search.RRFK }},
		{"search.all_words", "LORADEX_SEARCH_ALL_WORDS", "Look for every word of a question, also for how and to.", func(c *Config) any { return &c.Search.AllWords }},
		{"search.symbol_boost", "LORADEX_SEARCH_SYMBOL_BOOST", "Raises hits whose symbol the query says; 0 does not.", func(c *Config) any { return &c.Search.SymbolBoost }},
		{"search.path_boost", "LORADEX_SEARCH_PATH_BOOST", "Raises hits whose file the query names; 0 does not.", func(c *Config) any { return &c.Search.PathBoost }},
		{"search.diversity", "LORADEX_SEARCH_DIVERSITY", "What every better hit of the same file takes from a hit; 0 is nothing.", func(c *Config) any { return &c.Search.Diversity }},
		{"search.fold", "LORADEX_SEARCH_FOLD", "Copies of better hits that are left out: same (but for white space), near (by vectors, too) or none.", func(c *Config) any { return &c.Search.Fold }},
		{"search.rerank", "LORADEX_SEARCH_RERANK", "Folder of a cross-encoder that orders the first hits anew; \"\" does without.", func(c *Config) any { return &c.Search.Rerank }},
		{"search.rerank_depth", "LORADEX_SEARCH_RERANK_DEPTH", "How many hits it orders.", func(c *Config) any { return &c.Search.RerankDepth }},
		{"search.merge", "LORADEX_SEARCH_MERGE", "How rankings of a language-wise index's spaces become one: cosines, scores (for adapters of different origin) or ranks.", func(c *Config) any { return &c.Search.Merge }},
		{"search.k", "LORADEX_SEARCH_K", "How many hits are shown.", func(c *Config) any { return &c.Search.K }},
		{"qdrant.address", "LORADEX_QDRANT_ADDRESS", "host:port of the gRPC interface of the Qdrant server that keeps indexes whose store is qdrant.", func(c *Config) any { return &c.Qdrant.Address }},
		{"qdrant.api_key", "LORADEX_QDRANT_API_KEY", "Sent with every request; better set in the environment. Another machine needs tls with it.", func(c *Config) any { return &c.Qdrant.APIKey }},
		{"qdrant.tls", "LORADEX_QDRANT_TLS", "Encrypt the connection.", func(c *Config) any { return &c.Qdrant.TLS }},
		{"qdrant.prefix", "LORADEX_QDRANT_PREFIX", "Begins the names of collections. Another one looks for another index.", func(c *Config) any { return &c.Qdrant.Prefix }},
		{"qdrant.shards", "LORADEX_QDRANT_SHARDS", "Shards of a new collection.", func(c *Config) any { return &c.Qdrant.Shards }},
		{"qdrant.replicas", "LORADEX_QDRANT_REPLICAS", "Replicas of each shard of a new collection.", func(c *Config) any { return &c.Qdrant.Replicas }},
		{"qdrant.write_consistency", "LORADEX_QDRANT_WRITE_CONSISTENCY", "Replicas that must have a write before it succeeds.", func(c *Config) any { return &c.Qdrant.WriteConsistency }},
		{"qdrant.quantization", "LORADEX_QDRANT_QUANTIZATION", "How a new collection compresses vectors for the first pass of a search: none, scalar or binary.", func(c *Config) any { return &c.Qdrant.Quantization }},
		{"qdrant.oversampling", "LORADEX_QDRANT_OVERSAMPLING", "How many times k candidates of a quantized search are scored exactly.", func(c *Config) any { return &c.Qdrant.Oversampling }},
		{"qdrant.timeout", "LORADEX_QDRANT_TIMEOUT", "Bounds one request.", func(c *Config) any { return &c.Qdrant.Timeout }},
	}
}

// set parses a value from the environment.
func (s Setting) set(c *Config, value string) error {
	var err error
	want := "a whole number"
	switch p := s.field(c).(type) {
	case *string:
		*p = value
	case *Secret:
		*p = Secret(value)
	case *bool:
		want = "true or false"
		*p, err = strconv.ParseBool(value)
	case *float64:
		want = "a number"
		*p, err = strconv.ParseFloat(value, 64)
	case *time.Duration:
		want = "a time such as 30s"
		*p, err = time.ParseDuration(value)
	case *int:
		*p, err = strconv.Atoi(value)
	case *int64:
		*p, err = strconv.ParseInt(value, 10, 64)
	}
	if err != nil {
		return fault.New(fault.Invalid, "%s is %q, which is not %s", s.Env, value, want)
	}
	return nil
}

// value is the setting's value as YAML.
func (s Setting) value(c *Config) string {
	switch p := s.field(c).(type) {
	case *string:
		if *p == "" {
			return `""`
		}
		return *p
	case *Secret:
		return `""` // never a key, whatever it is
	case *bool:
		return strconv.FormatBool(*p)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *time.Duration:
		return p.String()
	case *int:
		return strconv.Itoa(*p)
	case *int64:
		return strconv.FormatInt(*p, 10)
	}
	return ""
}

// Example is a loradex.yaml with every key at its default, and what it means.
func Example() string {
	var b strings.Builder
	b.WriteString("# loradex.yaml: settings of loradex, with their defaults. Put it into a repository, or into LORADEX_HOME for all\n")
	b.WriteString("# of them. The nearest file upwards wins over the one in LORADEX_HOME, the environment over both, flags over all.\n")
	defaults := Default()
	section := ""
	for _, s := range Settings() {
		indent, name := "", s.Key
		if group, rest, ok := strings.Cut(s.Key, "."); ok {
			if group != section {
				fmt.Fprintf(&b, "\n%s:\n", group)
				section = group
			}
			indent, name = "  ", rest
		} else {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s# %s (%s)\n%s%s: %s\n", indent, s.Doc, s.Env, indent, name, s.value(&defaults))
	}
	return b.String()
}
