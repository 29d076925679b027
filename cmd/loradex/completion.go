package main

// This file defines what shell completion offers for flags. `loradex completion SHELL` prints the script.

import (
	"strings"

	"github.com/spf13/cobra"

	"loradex/adapters"
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
func fixed[T ~string](words ...T) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return texts(words), cobra.ShellCompDirectiveNoFileComp
	}
}

// texts are words of a type of their own as flags have them.
func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

func completeModels(a *app) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return append(a.Home.InstalledModels(), "none"), cobra.ShellCompDirectiveDefault // or a folder
	}
}

// completeMix offers adapter names for the last term of a mix.
func completeMix(a *app) completer {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexAny(typed, "+ ")+1]
		var words []string
		for _, name := range adapterNames(cmd, a) {
			words = append(words, before+name)
		}
		if before == "" {
			words = append(words, adapters.BaseMix)
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeAdapter offers the name of one adapter, as an argument.
func completeAdapter(a *app) completer {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return adapterNames(cmd, a), cobra.ShellCompDirectiveNoFileComp
	}
}

// adapterNames lists the library. Completion has nobody to tell an error to: then there is nothing to offer.
func adapterNames(cmd *cobra.Command, a *app) []string {
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

// parseMixes reads the values of such a flag.
func parseMixes(flag string, texts []string) ([]adapters.Mix, error) {
	mixes := make([]adapters.Mix, len(texts))
	for i, text := range texts {
		var err error
		if mixes[i], err = parseMix(flag, text); err != nil {
			return nil, err
		}
	}
	return mixes, nil
}
