package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loradex/indexer"
	"loradex/internal/config"
	"loradex/internal/fault"
)

// indexFlags are the flags of `index`.
type indexFlags struct {
	rev, adapter, store string
	languageWise        string
	dropSpaces          []string
	full                bool
	storeByFlag         bool
	background          bool
	trees               indexTreeFlags
	watch               string
	watching            *watching // nil for a run that is not part of following the work tree
	readyFD             int       // where whoever waits for a run in the background is told that words can be searched; 0: nobody
}

func indexCommand(a *app) *cobra.Command {
	var f indexFlags
	c := &cobra.Command{
		Use:   "index [PATH|URL]",
		Short: "Index a repository, or bring its index up to date",
		Long: "Takes the work tree as it is on disk: tracked files, and untracked ones that are not ignored. --rev takes the tree of\n" +
			"a revision; a bare repository or URL its HEAD. Only what changed is read, cut and encoded. An interrupted run\n" +
			"loses nothing: the next one goes on. The index lies in .loradex, or in LORADEX_HOME for URLs, bare and\n" +
			"read-only repositories.\n\n" +
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
			where := "."
			if len(args) == 1 {
				where = args[0]
			}
			if f.storeByFlag = cmd.Flags().Changed("store"); !f.storeByFlag {
				f.store = a.config.Index.Store
			}
			if !cmd.Flags().Changed("adapter") {
				f.adapter = a.config.Index.Adapter
			}
			if !cmd.Flags().Changed("language-wise") {
				if f.languageWise = a.config.Index.LanguageWise; cmd.Flags().Changed("adapter") {
					f.languageWise = "" // what the index has
				}
			} else if f.languageWise == "" {
				return usagef("give LANGUAGE=MIX,..., the beginning of names, or none", "--language-wise is empty")
			}
			if f.watch != "" {
				return a.watchIndex(cmd.Context(), where, f)
			}
			return a.index(cmd.Context(), where, f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.rev, "rev", "", "index the tree of this branch, tag or commit")
	fl.StringVar(&f.adapter, "adapter", "", "add the space of this mix")
	fl.StringVar(&f.languageWise, "language-wise", "", "give each language a mix of its own: LANGUAGE=MIX,..., NAME for adapters NAME-LANGUAGE, none")
	fl.Lookup("language-wise").NoOptDefVal = wiseAuto
	fl.StringArrayVar(&f.dropSpaces, "drop-space", nil, "remove the space of this mix, or with this ID")
	fl.StringVar(&f.store, "store", "sqlite", "what keeps a new index: "+strings.Join(config.Stores(), " or "))
	fl.BoolVar(&f.full, "full", false, "do everything anew, whatever the index holds")
	fl.BoolVar(&f.background, "background", false, "return when words can be searched; a process of its own makes the vectors")
	fl.StringVar(&f.watch, "watch", "", "stay, and bring the index up to date whenever the work tree changes: by the system's events, or poll")
	fl.Lookup("watch").NoOptDefVal = watchEvents
	f.trees.flags(c)
	a.indexFlag(c)
	fl.IntVar(&f.readyFD, "ready-fd", 0, "")
	_ = fl.MarkHidden("ready-fd") //nolint:errcheck // the flag is there
	c.MarkFlagsMutuallyExclusive("adapter", "language-wise")
	c.MarkFlagsMutuallyExclusive("watch", "background")
	c.MarkFlagsMutuallyExclusive("watch", "rev")
	completeFlag(c, "adapter", a.completeMix)
	completeFlag(c, "drop-space", a.completeMix)
	completeFlag(c, "store", fixed(config.Stores()...))
	completeFlag(c, "watch", fixed(watchEvents, watchPoll))
	return c
}

func (a *app) index(ctx context.Context, where string, f indexFlags) error {
	if err := a.checkIndexFlags(f); err != nil {
		return err
	}
	repo, err := a.openRepo(ctx, where)
	if err != nil {
		return err
	}
	dir, err := a.locateIndex(repo)
	if err != nil {
		return err
	}
	release, err := f.watching.lock(ctx, dir)
	if err != nil {
		return err
	}
	if f.background {
		if err := release(); err != nil {
			return err
		}
		return a.indexInBackground(ctx, dir)
	}
	a.onClose(release)
	store, err := a.openForWriting(ctx, dir, f.store, f.storeByFlag)
	if err != nil {
		return err
	}
	if err := checkNotAdapted(dir, f); err != nil {
		return err
	}
	opts := indexer.Options{MaxFileBytes: a.config.Index.MaxFileBytes, Full: f.full}
	plan, err := a.planSpaces(ctx, store, opts, f)
	if err != nil {
		return err
	}
	opts.Spaces, opts.Languages = plan.spaces, plan.languages
	tree := store.Tree(a.treeOf(repo))
	bar := a.newProgress()
	waiting := a.newBehind(f.readyFD)
	opts.Progress = func(p indexer.Progress) {
		bar.set(p.Phase, p.Done, p.Total)
		waiting.report(ctx, tree, p)
	}
	encoder := plan.encoder
	if encoder != nil {
		encoder = f.watching.encoder(encoder)
	}
	report, err := indexer.Index(ctx, repo.Source(f.rev), tree, encoder, opts)
	var others []treeReport
	if err == nil {
		others, err = a.indexTrees(ctx, repo, store, encoder, opts, f.trees)
	}
	bar.done()
	if err == nil {
		err = waiting.end(ctx, tree)
	}
	if f.watching != nil {
		return f.watching.updated(report, dir, err)
	}
	if err != nil {
		return canceled(err, "indexing", "what is done is kept; run `loradex index` again to go on")
	}
	if a.flags.json {
		return a.printJSON(indexDocument{report, others})
	}
	a.showIndexed(report, dir)
	a.showTrees(others)
	return nil
}

// checkIndexFlags refuses stores that are not known, and mixes that cannot be read.
func (a *app) checkIndexFlags(f indexFlags) error {
	if !slices.Contains(config.Stores(), f.store) {
		return usagef("use "+strings.Join(config.Stores(), " or "), "--store is %q", f.store)
	}
	if f.adapter != "" {
		if _, err := parseMix("adapter", f.adapter); err != nil {
			return err
		}
	}
	if strings.Contains(f.languageWise, "=") {
		if _, err := parseLanguageMixes(f.languageWise); err != nil {
			return err
		}
	}
	for _, text := range f.dropSpaces {
		if _, err := parseMix("drop-space", text); err != nil {
			return err
		}
	}
	return nil
}

// checkNotAdapted refuses to give languages adapters where `adapt` has installed one: searches use that one, in the base's
// space, which would not hold all languages any more.
func checkNotAdapted(dir string, f indexFlags) error {
	if f.languageWise == "" || f.languageWise == wiseOff {
		return nil
	}
	adapted, err := adaptedTo(dir)
	if err != nil || adapted == nil {
		return err
	}
	return fault.New(fault.Conflict, "searches here use %s, which `loradex adapt` installed, and an index of languages has no place for it", adapted).
		WithHint("run `loradex adapt --forget` first")
}

// showIndexed prints the summary for people.
func (a *app) showIndexed(r indexer.Report, dir string) {
	at := ""
	if r.Rev != "" {
		at = " at " + shortRev(r.Rev)
	}
	if r.Dirty {
		at += " with changes"
	}
	a.printf("indexed %s%s\n", r.Repo, at)
	skipped := 0
	for _, n := range r.Files.Skipped {
		skipped += n
	}
	a.printf("  files   %s: %s indexed, %s unchanged, %s removed, %s skipped", thousands(r.Files.Seen), thousands(r.Files.Indexed),
		thousands(r.Files.Unchanged), thousands(r.Files.Removed), thousands(skipped))
	if skipped > 0 {
		a.printf(" (%s)", countsText(r.Files.Skipped))
	}
	a.printf("\n  chunks  %s: %s encoded, %s had their vector\n", thousands(r.Chunks.Total), thousands(r.Chunks.Encoded), thousands(r.Chunks.Cached))
	for _, s := range r.Spaces {
		if s.Languages != nil {
			a.printf("  space   %s for %s: %s vectors\n", s.Adapter, languagesText(s.Languages), thousands(s.Vectors))
			continue
		}
		a.printf("  space   %s: %s vectors (%s)\n", s.Adapter, thousands(s.Vectors), percent(s.Vectors, r.Chunks.Total))
	}
	s := r.Seconds
	a.printf("  %.1f s (scan %.1f, chunk %.1f, encode %.1f, store %.1f), index in %s\n", s.Total, s.Scan, s.Chunk, s.Encode, s.Store, dir)
}

func shortRev(rev string) string { return rev[:min(len(rev), 10)] }

// percent writes a share without claiming all where something is missing.
func percent(part, whole int) string {
	if part >= whole {
		return "100 %"
	}
	return itoa(min(part*100/max(whole, 1), 99)) + " %"
}

// notFound tells whether err says that something does not exist.
func notFound(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Code == fault.NotFound
}
