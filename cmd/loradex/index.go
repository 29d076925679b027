package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"loradex/indexer"
	"loradex/internal/config"
	"loradex/workspace"
)

// indexFlags are the flags of `index` that need more than to be handed on.
type indexFlags struct {
	workspace.IndexOptions
	adapter, watch string
	dropSpaces     []string
	background     bool
	readyFD        int // where whoever waits for a run in the background is told that words can be searched; 0: nobody
}

const languageWiseHelp = "Language-wise: each language's documents get an adapter of its own, and languages without one the base. The mapping\n" +
	"is part of the index: later runs without the flag keep to it, and encode again only languages whose adapter changed.\n" +
	"  --language-wise                     for each language the one adapter whose card names it\n" +
	"  --language-wise=NAME                what `train --per-language --out NAME` made: NAME-go, NAME-java, ...\n" +
	"  --language-wise=go=MIX,java=MIX     just so\n" +
	"  --language-wise=none                one mix for all again"

func indexCommand(a *app) *cobra.Command {
	var f indexFlags
	c := &cobra.Command{
		Use:   "index [PATH|URL]",
		Short: "Index a repository, or bring its index up to date",
		Long: "Takes the work tree as it is on disk: tracked files, and untracked ones that are not ignored. --rev takes the tree of\n" +
			"a revision; a bare repository or URL its HEAD. Only what changed is read, cut and encoded. An interrupted run\n" +
			"keeps all that it made, a killed one all but the last two seconds: the next one goes on. The index lies in\n" +
			".loradex, or in LORADEX_HOME for URLs, bare and read-only repositories.\n\n" +
			"An index holds one space for each mix of adapters that its documents are encoded with. The first run makes the\n" +
			"base's, which is the default; --adapter adds one; all of them are kept up to date. Without a model the index is\n" +
			"lexical.\n\n" +
			"--store qdrant keeps a new index in the Qdrant server that the settings qdrant.* name, and every command finds it\n" +
			"there; the index folder stays and remembers it. An index that is there keeps its store until `loradex clean`.\n\n" +
			"Files are stored before anything is encoded, so words can be searched within seconds, and vectors come for the\n" +
			"most useful files first: those that changed lately, and those that others import. --background returns then.\n\n" +
			"--watch stays and follows the work tree: what is saved can be found within two seconds, by words at once and by\n" +
			"meaning right after. Each update is one line, with --json one JSON document. Ctrl-C ends it.\n\n" + languageWiseHelp,
		Example: "  loradex index\n" +
			"  loradex train --data go=csn_go --data java=csn_java --out code --per-language && loradex index --language-wise=code",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.Insist = cmd.Flags().Changed("store"); !f.Insist {
				f.Store = a.Config.Index.Store
			}
			if !cmd.Flags().Changed("adapter") {
				f.adapter = a.Config.Index.Adapter
			}
			if !cmd.Flags().Changed("language-wise") {
				if f.LanguageWise = a.Config.Index.LanguageWise; cmd.Flags().Changed("adapter") {
					f.LanguageWise = "" // what the index has
				}
			} else if f.LanguageWise == "" {
				return usagef("give LANGUAGE=MIX,..., the beginning of names, or none", "--language-wise is empty")
			}
			if err := f.parse(); err != nil {
				return err
			}
			switch {
			case f.watch != "":
				return watchIndex(cmd.Context(), a, whereOf(args), f.watch, f.IndexOptions)
			case f.background:
				return indexInBackground(cmd.Context(), a, whereOf(args), f.IndexOptions)
			}
			f.Searchable = searchableOn(f.readyFD)
			return index(cmd.Context(), a, whereOf(args), f.IndexOptions)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.Rev, "rev", "", "index the tree of this branch, tag or commit")
	fl.StringVar(&f.adapter, "adapter", "", "add the space of this mix")
	fl.StringVar(&f.LanguageWise, "language-wise", "", "give each language a mix of its own: LANGUAGE=MIX,..., NAME for adapters NAME-LANGUAGE, none")
	fl.Lookup("language-wise").NoOptDefVal = workspace.WiseAuto
	fl.StringArrayVar(&f.dropSpaces, "drop-space", nil, "remove the space of this mix, or with this ID")
	fl.StringVar(&f.Store, "store", "sqlite", "what keeps a new index: "+strings.Join(config.Stores(), " or "))
	fl.BoolVar(&f.Full, "full", false, "do everything anew, whatever the index holds")
	fl.BoolVar(&f.background, "background", false, "return when words can be searched; a process of its own makes the vectors")
	fl.StringVar(&f.watch, "watch", "", "stay, and bring the index up to date whenever the work tree changes: by the system's events, or poll")
	fl.Lookup("watch").NoOptDefVal = watchEvents
	fl.StringArrayVar(&f.Branches, "branch", nil, "index this branch beside the work tree; may be given several times")
	fl.StringArrayVar(&f.Revs, "add-rev", nil, "index this tag or commit beside the work tree; may be given several times")
	fl.BoolVar(&f.AllBranches, "all-branches", false, "index all branches beside the work tree")
	fl.StringVar(&f.Since, "since", "", "with --all-branches: those whose last commit is not older, as 2026-01-31, 30d, or a revision")
	for _, other := range []string{"branch", "add-rev", "all-branches"} {
		c.MarkFlagsMutuallyExclusive("watch", other)
	}
	a.indexFlag(c)
	fl.IntVar(&f.readyFD, "ready-fd", 0, "")
	_ = fl.MarkHidden("ready-fd") //nolint:errcheck // the flag is there
	c.MarkFlagsMutuallyExclusive("adapter", "language-wise")
	c.MarkFlagsMutuallyExclusive("watch", "background")
	c.MarkFlagsMutuallyExclusive("watch", "rev")
	completeFlag(c, "adapter", completeMix(a))
	completeFlag(c, "drop-space", completeMix(a))
	completeFlag(c, "store", fixed(config.Stores()...))
	completeFlag(c, "watch", fixed(watchEvents, watchPoll))
	return c
}

// parse reads the mixes.
func (f *indexFlags) parse() error {
	if f.adapter != "" {
		mix, err := parseMix("adapter", f.adapter)
		if err != nil {
			return err
		}
		f.Adapter = &mix
	}
	var err error
	f.DropSpaces, err = parseMixes("drop-space", f.dropSpaces)
	return err
}

func index(ctx context.Context, a *app, where string, o workspace.IndexOptions) error {
	report, err := a.Index(ctx, where, o)
	if err != nil {
		return indexStopped(err)
	}
	return a.result(report, func() { a.showIndex(report) })
}

// indexStopped says of an interrupted run that it can go on.
func indexStopped(err error) error {
	return canceled(err, "indexing", "what is done is kept; run `loradex index` again to go on")
}

// showIndex prints what a run did, with a line for each tree beside the work tree.
func (p *printer) showIndex(report workspace.IndexReport) {
	p.showIndexed(report.Report, report.Dir)
	for _, r := range report.Trees {
		name := "revision " + shortRev(r.Rev)
		if r.Branch != "" {
			name = "branch " + printable(r.Branch) + " at " + shortRev(r.Rev)
		}
		p.printf("  %s: %s files, %s chunks: %s files new, %s removed, %s texts encoded, %.1f s\n", name, thousands(r.Files.Seen),
			thousands(r.Chunks.Total), thousands(r.Files.Indexed), thousands(r.Files.Removed), thousands(r.Chunks.Encoded), r.Seconds.Total)
	}
}

// showIndexed prints the summary for people.
func (p *printer) showIndexed(r indexer.Report, dir string) {
	at := ""
	if r.Rev != "" {
		at = " at " + shortRev(r.Rev)
	}
	if r.Dirty {
		at += " with changes"
	}
	p.printf("indexed %s%s\n", r.Repo, at)
	skipped := 0
	for _, n := range r.Files.Skipped {
		skipped += n
	}
	p.printf("  files   %s: %s indexed, %s unchanged, %s removed, %s skipped", thousands(r.Files.Seen), thousands(r.Files.Indexed),
		thousands(r.Files.Unchanged), thousands(r.Files.Removed), thousands(skipped))
	if skipped > 0 {
		p.printf(" (%s; `loradex status --skipped` names them)", countsText(r.Files.Skipped))
	}
	p.printf("\n  chunks  %s: %s encoded, %s had their vector\n", thousands(r.Chunks.Total), thousands(r.Chunks.Encoded), thousands(r.Chunks.Cached))
	for _, s := range r.Spaces {
		if s.Languages != nil {
			p.printf("  space   %s for %s (%s): %s vectors\n", s.Adapter, languagesText(s.Languages), s.Model, thousands(s.Vectors))
			continue
		}
		p.printf("  space   %s (%s): %s vectors, %s\n", s.Adapter, s.Model, thousands(s.Vectors), percent(s.Vectors, r.Chunks.Total))
	}
	s := r.Seconds
	p.printf("  %.1f s (scan %.1f, chunk %.1f, encode %.1f, store %.1f), index in %s\n", s.Total, s.Scan, s.Chunk, s.Encode, s.Store, dir)
}

func shortRev(rev string) string { return rev[:min(len(rev), 10)] }

// percent writes a share without claiming all where something is missing.
func percent(part, whole int) string {
	if part >= whole {
		return "100 %"
	}
	return itoa(min(part*100/max(whole, 1), 99)) + " %"
}
