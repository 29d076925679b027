package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"loradex/embed/runtime"
	"loradex/internal/commandline"
)

// newRoot makes the command tree.
func newRoot(a *app) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "loradex",
		Short: "Semantic code search whose encoder adapts",
		Long: "Loradex indexes a repository, embeds every chunk with one base encoder and any mix of low-rank adapters, and\n" +
			"answers questions about it. Nothing leaves the machine unless a URL or a name on a hub\n" +
			"is given, or the index is kept on a server.",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			// cobra would look at these later, when an error counts as the command's own.
			if err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil || !cmd.HasParent() {
				return err
			}
			a.began = true
			return a.setup(cmd.Flags().Changed)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return a.showVersion()
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVarP(&showVersion, "version", "V", false, "print the version and what this build has, as the command does")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(commandline.FlagError)
	root.DisableSuggestions = true // commandline has them
	root.SetHelpFunc(commandline.Help)
	root.SetUsageFunc(func(c *cobra.Command) error {
		c.Print(commandline.Usage(c))
		return nil
	})
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: "Help about a command", PersistentPreRunE: noSetup,
		RunE: func(_ *cobra.Command, args []string) error {
			target, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return commandline.UnknownCommand(target, rest[0])
			}
			return target.Help()
		},
	})
	f := root.PersistentFlags()
	f.BoolVar(&a.json, "json", false, "print one JSON document, errors too")
	f.BoolVarP(&a.flags.quiet, "quiet", "q", false, "no notes and no progress")
	f.BoolVarP(&a.flags.verbose, "verbose", "v", false, "log what happens to standard error")
	f.StringVar(&a.flags.config, "config", "", "read this file in place of the loradex.yaml that is found")
	f.StringVar(&a.flags.model, "model", "", "installed model or folder of one; none: no vectors (default the model of set-up)")
	f.StringVar(&a.flags.device, "device", "cpu", "what runs the encoder: cpu, cuda, tensorrt, coreml, directml, openvino")
	f.IntVar(&a.flags.threads, "threads", 0, "threads of the encoder (default one per core)")
	root.AddCommand(
		indexCommand(a), searchCommand(a), embedCommand(a), adaptersCommand(a), trainCommand(a), adaptCommand(a), evalCommand(a), benchCommand(a),
		serveCommand(a), lspCommand(a), mcpCommand(a), installCommand(a),
		modelCommand(a), storeCommand(a), statusCommand(a), doctorCommand(a), cleanCommand(a), versionCommand(a),
	)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args, c.RunE = cobra.ArbitraryArgs, onlyHolds
		}
	}
	completeFlag(root, "model", completeModels(a))
	completeEverywhere(a, root)
	completeFlag(root, "device", fixed(runtime.Devices()...))
	return root
}

// group is a command that only holds others. Without this, an unknown word after it would print help and succeed.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: onlyHolds,
	}
	g.AddCommand(commands...)
	return g
}

// onlyHolds is what a command does that holds others: it says which.
func onlyHolds(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("use one of: "+strings.Join(commandline.Names(cmd), ", "), "`%s` needs a command", cmd.CommandPath())
	}
	return commandline.UnknownCommand(cmd, args[0])
}

// whereOf is the PATH|URL that a command takes: its argument, else the working folder.
func whereOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

// required makes flags of a command required. It fails only for a flag that does not exist, which a test would see.
func required(c *cobra.Command, flags ...string) {
	for _, flag := range flags {
		if err := c.MarkFlagRequired(flag); err != nil {
			panic(err)
		}
	}
}

// noSetup is for commands that work without any place or setting.
func noSetup(*cobra.Command, []string) error { return nil }

// exactArgs wants n arguments and says what they are.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("run `"+cmd.CommandPath()+" --help`", "`%s` takes %s, got %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

// atMostOne wants one argument or none.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("quote it if it has spaces", "`%s` takes at most one argument, got %d", cmd.CommandPath(), len(args))
	}
	return nil
}
