package main

import (
	"cmp"
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"loradex/cmd/loradex/internal/show"
	"loradex/search"
)

// searchFlags are the flags of `search`.
type searchFlags struct {
	rerank                    string
	repo, code, adapter, mode string
	languages, kinds, paths   []string
	match, more               []string // more repositories
	changed, cursor, near     string
	color, link               string
	heading, named            bool // named: there is a --repo
	k, lines, context, tokens int
	threshold                 float64
	exact, explain, history   bool
	asIndexed, files, stream  bool
	background                bool
	trees                     search.Selection
}

// repoFlag holds the values of --repo; the first is the one that other flags and completion go by.
type repoFlag searchFlags

// String implements pflag.Value.
func (r *repoFlag) String() string { return r.repo }

// Type implements pflag.Value.
func (r *repoFlag) Type() string { return "string" }

// Set implements pflag.Value.
func (r *repoFlag) Set(value string) error {
	if r.named {
		r.more = append(r.more, value)
	} else {
		r.repo, r.named = value, true
	}
	return nil
}

func searchCommand(a *app) *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use:   "search QUERY | -e REGEX | --code FILE[:A-B] [-- PATH...]",
		Short: "Find code by a question, or by code that is like it",
		Long: "Searches the nearest index upwards, in a linked work tree that of its repository, by meaning and by words. Where nothing\n" +
			"is indexed, the words of the files are indexed first, which takes moments, and `index` or --background makes the vectors.\n" +
			"Each hit begins with path:line, as grep has it. --code looks for code like the lines of a file, which are left out\n" +
			"themselves; - reads it from standard input. --adapter encodes the question with a mix: one whose documents are indexed,\n" +
			"or of query adapters, which need no indexing.\n\n" +
			"--path, or paths behind --, say where to look: a file, a folder, a pattern ('api/**'), and with ! in front what is left\n" +
			"out. What is in the working folder counts from there, the rest from the top of the repository. --lang knows other names\n" +
			"(golang, cpp, js, ts with tsx, csharp, bash) and file extensions, --kind other words (func, class).\n\n" +
			"-e ranks only code with a line that an expression matches (RE2); alone it lists all of it by path. --changed ranks only\n" +
			"what changed since a revision, or in a range. --json gives a cursor where there is more, which --cursor goes on from.",
		Example: "  loradex search where is the lock taken\n" +
			"  loradex search \"retry a download\" --lang go,python --path 'net/**' --adapter godoc\n" +
			"  loradex search --code indexer/lock.go:22-49\n" +
			"  loradex search -e 'func \\w+Lock' who waits for whom --changed main --tokens 2000",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.defaults(a, cmd.Flags().Changed)
			if f.lines < 0 {
				return usagef("ask for 0 or more", "--lines is %d", f.lines)
			}
			if !cmd.Flags().Changed("lines") && (a.json || f.stream) {
				f.lines = -1 // all
			}
			if !cmd.Flags().Changed("heading") {
				f.heading = a.terminal
			}
			if cmd.Flags().Changed("tokens") && f.tokens < 1 {
				return usagef("ask for 1 or more", "--tokens is %d", f.tokens)
			}
			if f.tokens > 0 && !cmd.Flags().Changed("k") {
				f.k = search.TokensK
			}
			if a.Shared != "" && !cmd.Flags().Changed("repo") {
				f.repo = "" // all that the index holds
			}
			if dash := cmd.ArgsLenAtDash(); dash > 0 || dash == 0 && f.code != "" {
				f.paths = append(f.paths, args[dash:]...)
				args = args[:dash]
			} else if last := len(args) - 1; last > 0 && strings.Contains(args[last], "/") {
				if _, err := os.Stat(args[last]); err == nil {
					a.Note("%s is read as a part of the question; `-- %s` looks there only", args[last], args[last])
				}
			}
			return f.search(cmd.Context(), a, strings.Join(args, " "))
		},
	}
	fl := c.Flags()
	f.repo = "."
	fl.Var((*repoFlag)(&f), "repo", "the repository whose index is searched: a folder in it, or a URL; with --index several times")
	fl.StringVar(&f.code, "code", "", "look for code like FILE, or its lines A to B; - is standard input")
	fl.StringVar(&f.adapter, "adapter", "", "mix to encode the query with (default the index's own)")
	fl.StringSliceVar(&f.languages, "lang", nil, "only these languages")
	fl.StringArrayVar(&f.paths, "path", nil, "only this file, folder or pattern, such as 'api/**' or '!**/*_test.go'; may be given several times")
	fl.StringSliceVar(&f.kinds, "kind", nil, "only these kinds: "+strings.Join(search.Kinds(), ", "))
	fl.IntVarP(&f.k, "k", "k", 10, "how many hits")
	fl.StringVar(&f.mode, "mode", "hybrid", "hybrid, dense (by meaning) or lexical (by words)")
	fl.BoolVar(&f.exact, "exact", false, "score every vector")
	fl.StringVar(&f.rerank, "rerank", "", "folder or name of a cross-encoder that orders the first hits anew")
	fl.BoolVar(&f.explain, "explain", false, "say how the answer came about")
	fl.BoolVar(&f.asIndexed, "as-indexed", false, "answer from the index alone, whatever changed since")
	fl.StringArrayVarP(&f.match, "regexp", "e", nil, "only code with a line that this expression matches; of several each")
	fl.StringVar(&f.changed, "changed", "", "only what changed: REV is since then, A..B in that range")
	fl.BoolVarP(&f.files, "files-with-matches", "l", false, "tell files alone, each once; -k counts files")
	fl.IntVar(&f.lines, "lines", show.DefaultLines, "lines of text of a hit, the best ones; 0 prints its place alone; JSON has all without it")
	fl.IntVarP(&f.context, "context", "C", 0, "lines of the file around those of a hit")
	fl.IntVar(&f.tokens, "tokens", 0, "as many hits as fit so many tokens of 4 bytes, at most 100 without -k")
	fl.Float64Var(&f.threshold, "threshold", 0, "leave out hits that are less likely right than this, from 0 to 1")
	fl.BoolVar(&f.heading, "heading", false, "print hits under their files (default on a terminal)")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	fl.StringVar(&f.link, "hyperlink-format", "none", "make paths links, where there is color: "+strings.Join(show.LinkNames(), ", ")+", or a text with {path}, {line}, {host}")
	fl.StringVar(&f.near, "near", "", "raise what is near FILE or FILE:LINE: same file, folder, what it imports")
	fl.StringVar(&f.cursor, "cursor", "", "go on behind the answer that this is the cursor of")
	fl.BoolVar(&f.stream, "jsonl", false, "print one hit a line as JSON, and the rest of the answer as the last line")
	c.MarkFlagsMutuallyExclusive("jsonl", "files-with-matches")
	fl.BoolVar(&f.background, "background", false, "answer by what there is, and make the vectors in a process of its own")
	fl.BoolVar(&f.history, "history", false, "say which commit brought each hit")
	fl.StringArrayVar(&f.trees.Branches, "branch", nil, "look in this branch, which was indexed; may be given several times")
	fl.StringVar(&f.trees.Rev, "rev", "", "look in the tree of this revision, which was indexed")
	fl.BoolVar(&f.trees.All, "all-branches", false, "look in the work tree and all branches that were indexed")
	c.MarkFlagsMutuallyExclusive("branch", "rev", "all-branches")
	c.MarkFlagsMutuallyExclusive("history", "files-with-matches")
	a.indexFlag(c)
	completeFlag(c, "adapter", completeMix(a))
	completeFlag(c, "lang", completeLanguages)
	completeFlag(c, "kind", fixed(search.Kinds()...))
	completeFlag(c, "mode", fixed("hybrid", "dense", "lexical"))
	completeFlag(c, "color", fixed(show.Colors()...))
	completeFlag(c, "hyperlink-format", fixed(show.LinkNames()...))
	return c
}

// defaults takes from the settings what no flag says.
func (f *searchFlags) defaults(a *app, changed func(flag string) bool) {
	if !changed("k") {
		f.k = a.Config.Search.K
	}
	if !changed("rerank") {
		f.rerank = a.Config.Search.Rerank
	}
	if !changed("mode") {
		f.mode = a.Config.Search.Mode
	}
	if !changed("adapter") && f.mode != string(search.Lexical) {
		f.adapter = a.Config.Search.Adapter
	}
}

func (f *searchFlags) search(ctx context.Context, a *app, query string) error {
	p := show.Printer{Out: a.out, Heading: f.heading, Several: a.Shared != ""}
	var err error
	if p.Color, err = show.Colored(f.color, a.terminal, a.getenv); err != nil {
		return err
	}
	if p.Link, err = show.ReadLink(f.link); err != nil {
		return err
	}
	filter, err := search.ReadFilter(f.languages, nil, f.kinds)
	if err != nil {
		return usage(err)
	}
	req := search.Request{
		Query: query, Mode: search.Mode(f.mode), K: f.k, Exact: f.exact, Explain: f.explain, Trees: f.trees, AsIndexed: f.asIndexed, Filter: filter,
		Match: f.match, Changed: f.changed, Context: f.context, Files: f.files, Tokens: f.tokens, Cursor: f.cursor, Threshold: f.threshold,
	}
	if f.near != "" {
		if req.Near, err = search.ReadNear(f.near); err != nil {
			return usage(err)
		}
	}
	if f.lines >= 0 {
		req.Lines = &f.lines
	}
	if req.OnlyMatches() {
		req.Adapter, f.adapter = nil, ""
	}
	if f.adapter != "" {
		mix, err := parseMix("adapter", f.adapter)
		if err != nil {
			return err
		}
		req.Adapter = &mix
	}
	if query == "" && f.code == "" && len(f.match) == 0 {
		return usagef("give words to look for, -e REGEX, or --code FILE", "nothing to search for")
	}
	// A request that makes no sense is wrong use; the code that it is about is read later.
	probe := req
	if f.code != "" {
		probe.Code = "code"
	}
	if f.k < 1 {
		return usagef("ask for 1 to 1000", "-k is %d", f.k)
	}
	if err := probe.Validate(); err != nil {
		return usage(err)
	}
	a.Config.Search.Rerank = f.rerank
	ws := a.Open(f.repo)
	if err := ws.And(f.more...); err != nil {
		return err
	}
	indexing, err := f.indexesFor(ctx, a, ws)
	if err != nil {
		return err
	}
	if req.Filter.Paths, err = ws.PathsHere(ctx, req.Trees, f.paths); err != nil {
		return err
	}
	if req.Near != nil {
		paths, err := ws.PathsHere(ctx, req.Trees, []string{req.Near.Path})
		if err != nil {
			return err
		}
		req.Near.Path = paths[0]
	}
	if f.code != "" {
		if err := ws.ReadCode(ctx, f.code, a.in, &req); err != nil {
			return err
		}
	}
	encodes, err := ws.EncodesFor(ctx, &req)
	if err != nil {
		return err
	}
	answer, err := ws.Search(ctx, req)
	if err != nil {
		return err
	}
	if f.history {
		if err := ws.AddHistory(ctx, answer); err != nil {
			return err
		}
	}
	writer := ws.WriterText(ctx)
	noteIndexing(a.Note, indexing, writer)
	if indexing == nil && answer.Mode == search.Lexical && req.Mode != search.Lexical && encodes {
		a.Note("the index has no vectors, search is lexical; %s", cmp.Or(writer, "`loradex index` makes them"))
	}
	if indexing == nil && answer.Mode != search.Lexical && answer.Coverage < 1 {
		a.Note("vectors cover %.0f %% of the index so far; %s", 100*min(answer.Coverage, 0.99), cmp.Or(writer, "`loradex index` goes on"))
	}
	show.NoteFreshness(a.Note, answer)
	if f.stream {
		return show.Lines(a.out, answer)
	}
	if p.Place, err = ws.FromHere(ctx); err != nil {
		return err
	}
	p.Wanted = search.WantedOf(&req)
	return a.result(answerDocument{answer, indexing}, func() {
		if answer.Tokens != nil {
			a.Note("%d hits, about %s tokens", len(answer.Hits)+len(answer.Files), thousands(*answer.Tokens))
		}
		if len(answer.Hits)+len(answer.Files) == 0 {
			a.Note("nothing was found")
		}
		if f.files {
			p.Paths(answer)
		} else {
			p.Answer(answer)
		}
	})
}
