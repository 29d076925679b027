package workspace

// This file checks the installation.

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// The outcomes of a check: a warning is something that works less well, a failure something that is broken.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	CheckFail = "fail"
)

// Check is what one check found.
type Check struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Fix     string `json:"fix"`
}

// checker collects checks.
type checker struct {
	*Session
	fix    bool
	checks []Check
}

// Check runs every part once: the build, ONNX Runtime, the model, every adapter, the index of a PATH, its Qdrant server. fix
// repairs what can be made anew from the rest.
func (s *Session) Check(ctx context.Context, where string, fix bool) []Check {
	base, err := s.baseAt(ctx, where)
	c := &checker{Session: base, fix: fix}
	c.build()
	c.places()
	if part, err := c.encoder(ctx); err != nil {
		c.failed(part, CheckFail, err)
	}
	if err := c.adapters(ctx); err != nil {
		c.failed("adapters", CheckFail, err)
	}
	if err != nil {
		c.failed("index", CheckFail, err)
	}
	if err := c.index(ctx, where); err != nil {
		c.failed("index", CheckFail, err)
	}
	return c.checks
}

func (c *checker) add(name, status, message, fix string) {
	c.checks = append(c.checks, Check{Name: name, Status: status, Message: message, Fix: fix})
}

// failed adds a check that an error decided.
func (c *checker) failed(name, status string, err error) {
	c.add(name, status, strings.ReplaceAll(err.Error(), "\n", "; "), fault.HintOf(err))
}

func (c *checker) build() {
	if runtime.Available {
		c.add("build", checkOK, "has the encoder", "")
	} else {
		c.add("build", checkWarn, "has no encoder: search is lexical", "build with `make build` (tag ORT, cgo)")
	}
	if chunk.Available() {
		c.add("grammars", checkOK, "tree-sitter for "+strings.Join(chunk.Languages(), ", "), "")
	} else {
		c.add("grammars", checkWarn, "built without cgo: code is cut into windows of lines", "build with CGO_ENABLED=1")
	}
}

func (c *checker) places() {
	dir := c.Home.Dir
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		c.add("home", checkWarn, dir+" does not exist yet", "run `make setup`")
	case err != nil:
		c.add("home", CheckFail, err.Error(), "set LORADEX_HOME to a folder that can be read")
	case !info.IsDir():
		c.add("home", CheckFail, dir+" is not a folder", "set LORADEX_HOME to a folder")
	default:
		c.add("home", checkOK, dir, "")
	}
	files := "defaults"
	if len(c.Config.Files) > 0 {
		files = strings.Join(c.Config.Files, ", ")
	}
	c.add("settings", checkOK, files, "")
}

// encoder starts everything and encodes a text. It says which part an error is of.
func (c *checker) encoder(ctx context.Context) (part string, err error) {
	reason, err := c.WithoutVectors(ctx)
	if err != nil {
		return "encoder", err
	}
	if reason != nil {
		c.failed("encoder", checkWarn, reason)
		return "", nil
	}
	env, err := c.startRuntime(ctx)
	if err != nil {
		return "runtime", err
	}
	c.add("runtime", checkOK, fmt.Sprintf("ONNX Runtime %s on %s", env.Version(), env.Device()), "")
	enc, err := c.Encoder(ctx)
	if err != nil {
		return "model", err
	}
	vectors, err := enc.Encode(ctx, []embed.Row{{Text: "func Add(a, b int) int { return a + b }"}, {Text: "the weather is fine"}})
	if err != nil {
		return "model", err
	}
	dot, length := 0.0, 0.0
	for i, v := range vectors[0] {
		dot += float64(v) * float64(vectors[1][i])
		length += float64(v) * float64(v)
	}
	m := enc.Model()
	if math.IsNaN(length) || math.Abs(length-1) > 1e-3 || dot > 0.95 {
		c.add("model", CheckFail, fmt.Sprintf("%s gives vectors of length %.3g; two different texts have cosine %.3f", m.Name, math.Sqrt(length), dot),
			"the weights may be damaged: remove "+m.Dir+" and install it again")
		return "", nil
	}
	c.add("tokenizer", checkOK, fmt.Sprintf("from %s, texts are cut at %d tokens", m.Tokenizer.Source, enc.MaxTokens()), "")
	c.add("model", checkOK, fmt.Sprintf("%s: %d dimensions, digest %.16s", m.Name, enc.Dimensions(), m.BaseDigest()), "")
	return "", nil
}

// adapters opens every adapter and holds it against the base, if there is one.
func (c *checker) adapters(ctx context.Context) error {
	lib, err := c.Library()
	if err != nil {
		return err
	}
	entries, err := lib.List(ctx)
	if err != nil {
		return err
	}
	opts, baseErr := c.Base(ctx)
	bad, elsewhere := 0, 0
	others := sync.OnceValue(c.Models) // their digests take a moment
	for _, e := range entries {
		if baseErr == nil && e.Problem == "" && e.Card.BaseDigest != opts.BaseDigest &&
			slices.ContainsFunc(others(), func(m ModelEntry) bool { return m.Digest != "" && m.Digest == e.Card.BaseDigest }) {
			elsewhere++ // it is opened, and fits what it was added to
			continue
		}
		if err := checkAdapter(ctx, lib, e, opts, baseErr == nil); err != nil {
			bad++
			c.add("adapter "+e.Name, CheckFail, err.Error(), cmp.Or(fault.HintOf(err), "remove it with `loradex adapters remove "+e.Name+"`"))
		}
	}
	if bad < len(entries) || len(entries) == 0 {
		what := "are in order"
		if baseErr != nil {
			what = "can be read; without a model nothing says whether they fit"
		}
		if elsewhere > 0 {
			what += fmt.Sprintf("; %d for other installed models", elsewhere)
		}
		c.add("adapters", checkOK, fmt.Sprintf("%d of %d in %s %s", len(entries)-bad, len(entries), lib.Dir(), what), "")
	}
	return nil
}

func checkAdapter(ctx context.Context, lib *adapters.Library, e adapters.Entry, base adapters.AddOptions, hasBase bool) error {
	if e.Problem != "" {
		return fault.New(fault.Corrupt, "%s", e.Problem)
	}
	ad, err := lib.Get(ctx, e.Name)
	if err != nil {
		return err
	}
	defer ad.Close() //nolint:errcheck // unmapping what was only read
	if !hasBase {
		return nil
	}
	if err := ad.Card.CheckBase(base.BaseModel, base.BaseDigest); err != nil {
		return err
	}
	return ad.Check(base.Sites)
}
