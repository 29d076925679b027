package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/indexer/chunk"
	"loradex/internal/fault"
)

// The outcomes of a check: warn is something that works less well, fail something that is broken.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
)

// check is a line of `doctor`.
type check struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Fix     string `json:"fix"`
}

// doctorDocument is what `doctor --json` prints.
type doctorDocument struct {
	OK     bool    `json:"ok"` // nothing is broken
	Checks []check `json:"checks"`
}

// doctor collects checks.
type doctor struct {
	a      *app
	fix    bool
	checks []check
}

func doctorCommand(a *app) *cobra.Command {
	var fix bool
	c := &cobra.Command{
		Use: "doctor [PATH]", Short: "Check the installation and the index, and say what to do", Args: atMostOne,
		Long: "Runs every part once: the build, ONNX Runtime, the model, every adapter, the index, its Qdrant server. A warning is something that works\n" +
			"less well, such as search without vectors; a failure is something that is broken, and makes the exit code 1. --fix\n" +
			"repairs what can be made anew from the rest: the derived files of an index in SQLite.",
		RunE: func(cmd *cobra.Command, args []string) error {
			where := "."
			if len(args) == 1 {
				where = args[0]
			}
			d := &doctor{a: a, fix: fix}
			ctx := cmd.Context()
			d.build()
			d.places()
			d.encoder(ctx)
			d.adapters(ctx)
			d.index(ctx, where)
			if err := ctx.Err(); err != nil {
				return err
			}
			return d.show()
		},
	}
	a.indexFlag(c)
	c.Flags().BoolVar(&fix, "fix", false, "repair what can be repaired")
	return c
}

func (d *doctor) add(name, status, message, fix string) {
	d.checks = append(d.checks, check{Name: name, Status: status, Message: message, Fix: fix})
}

// failed adds a check that an error decided.
func (d *doctor) failed(name, status string, err error) {
	d.add(name, status, strings.ReplaceAll(err.Error(), "\n", "; "), fault.HintOf(err))
}

func (d *doctor) build() {
	if runtime.Available {
		d.add("build", checkOK, "has the encoder", "")
	} else {
		d.add("build", checkWarn, "has no encoder: search is lexical", "build with `make build` (tag ORT, cgo)")
	}
	if chunk.Available() {
		d.add("grammars", checkOK, "tree-sitter for "+strings.Join(chunk.Languages(), ", "), "")
	} else {
		d.add("grammars", checkWarn, "built without cgo: code is cut into windows of lines", "build with CGO_ENABLED=1")
	}
}

func (d *doctor) places() {
	dir := d.a.Home.Dir
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		d.add("home", checkWarn, dir+" does not exist yet", "run `make setup`")
	case err != nil:
		d.add("home", checkFail, err.Error(), "set LORADEX_HOME to a folder that can be read")
	case !info.IsDir():
		d.add("home", checkFail, dir+" is not a folder", "set LORADEX_HOME to a folder")
	default:
		d.add("home", checkOK, dir, "")
	}
	files := "defaults"
	if len(d.a.Config.Files) > 0 {
		files = strings.Join(d.a.Config.Files, ", ")
	}
	d.add("settings", checkOK, files, "")
}

// encoder starts everything and encodes a text.
func (d *doctor) encoder(ctx context.Context) {
	reason, err := d.a.WithoutVectors(ctx)
	if err != nil {
		d.failed("encoder", checkFail, err)
		return
	}
	if reason != nil {
		d.failed("encoder", checkWarn, reason)
		return
	}
	env, err := d.a.StartRuntime(ctx)
	if err != nil {
		d.failed("runtime", checkFail, err)
		return
	}
	d.add("runtime", checkOK, fmt.Sprintf("ONNX Runtime %s on %s", env.Version(), env.Device()), "")
	eng, err := d.a.Engine(ctx)
	if err != nil {
		d.failed("model", checkFail, err)
		return
	}
	vectors, err := eng.Encoder.Encode(ctx, []embed.Row{{Text: "func Add(a, b int) int { return a + b }"}, {Text: "the weather is fine"}})
	if err != nil {
		d.failed("model", checkFail, err)
		return
	}
	dot, length := 0.0, 0.0
	for i, v := range vectors[0] {
		dot += float64(v) * float64(vectors[1][i])
		length += float64(v) * float64(v)
	}
	m := eng.Encoder.Model()
	if math.IsNaN(length) || math.Abs(length-1) > 1e-3 || dot > 0.95 {
		d.add("model", checkFail, fmt.Sprintf("%s gives vectors of length %.3g; two different texts have cosine %.3f", m.Name, math.Sqrt(length), dot),
			"the weights may be damaged: remove "+m.Dir+" and install it again")
		return
	}
	d.add("tokenizer", checkOK, fmt.Sprintf("from %s, texts are cut at %d tokens", m.Tokenizer.Source, eng.Encoder.MaxTokens()), "")
	d.add("model", checkOK, fmt.Sprintf("%s: %d dimensions, digest %.16s", m.Name, eng.Encoder.Dimensions(), m.BaseDigest()), "")
}

// adapters opens every adapter and holds it against the base, if there is one.
func (d *doctor) adapters(ctx context.Context) {
	lib, err := d.a.Library()
	if err != nil {
		d.failed("adapters", checkFail, err)
		return
	}
	entries, err := lib.List(ctx)
	if err != nil {
		d.failed("adapters", checkFail, err)
		return
	}
	opts, baseErr := d.a.addOptions(ctx)
	bad := 0
	for _, e := range entries {
		if err := checkAdapter(ctx, lib, e, opts, baseErr == nil); err != nil {
			bad++
			d.add("adapter "+e.Name, checkFail, err.Error(), orElse(fault.HintOf(err), "remove it with `loradex adapters remove "+e.Name+"`"))
		}
	}
	if bad < len(entries) || len(entries) == 0 {
		what := "are in order"
		if baseErr != nil {
			what = "can be read; without a model nothing says whether they fit"
		}
		d.add("adapters", checkOK, fmt.Sprintf("%d of %d in %s %s", len(entries)-bad, len(entries), lib.Dir(), what), "")
	}
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

// show prints the checks; a failure makes the command fail.
func (d *doctor) show() error {
	doc := doctorDocument{OK: true, Checks: d.checks}
	for _, c := range d.checks {
		doc.OK = doc.OK && c.Status != checkFail
	}
	if d.a.flags.json {
		if err := d.a.printJSON(doc); err != nil {
			return err
		}
	} else {
		for _, c := range d.checks {
			d.a.printf("%-5s %-10s %s\n", c.Status, c.Name, c.Message)
			if c.Fix != "" {
				d.a.printf("      %-10s %s\n", "", c.Fix)
			}
		}
	}
	if !doc.OK {
		return errReported
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
