package main

// This file defines what shell completion offers for flags. `loradex completion SHELL` prints the script.

import (
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
	"loradex/embed/runtime"
	"loradex/indexer/chunk"
)

// completer offers values for what was typed so far.
type completer = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// completeFlag gives a flag its completer. It fails only for a flag that does not exist, which a test would see.
func completeFlag(cmd *cobra.Command, flag string, f completer) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

// fixed offers the same words always.
func fixed(words ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

func devices() []string {
	names := make([]string, 0, len(runtime.Devices()))
	for _, d := range runtime.Devices() {
		names = append(names, string(d))
	}
	return names
}

func (a *app) completeModels(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return append(a.Home.InstalledModels(), "none"), cobra.ShellCompDirectiveDefault // or a folder
}

// completeMix offers adapter names for the last term of a mix.
func (a *app) completeMix(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	before := ""
	if cut := strings.LastIndexAny(typed, "+ "); cut >= 0 {
		before = typed[:cut+1]
	}
	var words []string
	for _, name := range a.adapterNames(cmd) {
		words = append(words, before+name)
	}
	if before == "" {
		words = append(words, "none")
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// completeAdapter offers the name of one adapter, as an argument.
func (a *app) completeAdapter(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.adapterNames(cmd), cobra.ShellCompDirectiveNoFileComp
}

// adapterNames lists the library. Completion has nobody to tell an error to: then there is nothing to offer.
func (a *app) adapterNames(cmd *cobra.Command) []string {
	if a.Home.Dir == "" {
		return nil
	}
	lib, err := a.Library()
	if err != nil {
		return nil
	}
	entries, err := lib.List(cmd.Context())
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

func completeLanguages(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return append(chunk.Languages(), "markdown"), cobra.ShellCompDirectiveNoFileComp
}

// parseMix reads the value of a flag that holds a mix.
func parseMix(flag, text string) (adapters.Mix, error) {
	m, err := adapters.ParseMix(text)
	if err != nil {
		return m, usage(wrapFlag(flag, err))
	}
	return m, nil
}
