package commandline

// This file says what was meant where a command, a flag or a value is mistyped.

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"loradex/internal/fault"
	"loradex/internal/nearest"
)

// Names lists what can be called below a command.
func Names(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// UnknownCommand is the error for a word that is no command below c.
func UnknownCommand(c *cobra.Command, word string) error {
	known := Names(c)
	if c.HasParent() {
		return fault.Usagef(nearest.Hint(word, known, "use one of: "+strings.Join(known, ", ")), "`%s` has no command %q", c.CommandPath(), word)
	}
	return fault.Usagef(nearest.Hint(word, known, "run `loradex --help`"), "unknown command %q", word)
}

// FlagError is what is wrong with the flags of a command.
func FlagError(c *cobra.Command, err error) error {
	help := "run `" + c.CommandPath() + " --help`"
	var bad *pflag.InvalidValueError
	if errors.As(err, &bad) {
		return badValue(bad, help)
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return fault.Usagef(help, "%s", err)
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	return fault.Usagef(nearest.Hint("--"+unknown.GetSpecifiedName(), known, help), "%s", err)
}

// badValue says what a flag takes in place of a value that is none.
func badValue(bad *pflag.InvalidValueError, help string) error {
	flag, name := bad.GetFlag(), "--"+bad.GetFlag().Name
	if len(flag.Name) == 1 {
		name = "-" + flag.Name
	}
	takes, known := map[string]string{
		"int": "a whole number", "int64": "a whole number", "uint64": "a whole number from 0 on", "float64": "a number", "bool": "true or false",
		"duration": "a time such as 30s or 5m",
	}[flag.Value.Type()]
	if !known {
		return fault.Usagef(help, "%s is %q: %v", name, bad.GetValue(), bad.Unwrap())
	}
	return fault.Usagef(help, "%s is %q, and takes %s", name, bad.GetValue(), takes)
}

// Explain gives an error of a command the name that was meant: where a word of the command line is none of those that
// completion offers in its place, and one of them is near.
func Explain(c *cobra.Command, err error) error {
	var word string
	if n, _ := fmt.Sscanf(err.Error(), "unknown command %q for", &word); n == 1 && !c.HasParent() { //nolint:errcheck // n tells
		return UnknownCommand(c, word)
	}
	code := fault.CodeOf(err)
	if code != fault.Invalid && code != fault.NotFound {
		return err
	}
	meant := ""
	offer := func(f func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective), word string) {
		if f == nil || word == "" || meant != "" || !strings.Contains(err.Error(), word) {
			return
		}
		known, _ := f(c, nil, "")
		for i, k := range known {
			if known[i], _, _ = strings.Cut(k, "\t"); known[i] == word {
				return
			}
		}
		meant = nearest.Of(word, known)
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		complete, _ := c.GetFlagCompletionFunc(f.Name)
		for _, value := range valuesOf(f.Value) {
			offer(complete, value)
		}
	})
	for _, arg := range c.Flags().Args() {
		offer(c.ValidArgsFunction, arg)
	}
	hint := fault.HintOf(err)
	if meant == "" || strings.HasPrefix(hint, "did you mean") {
		return err
	}
	return meantError{err, strings.TrimSuffix("did you mean "+meant+"? "+hint, " ")}
}

// valuesOf are the words of a flag's value: of a list, of a mix, or the only one.
func valuesOf(v pflag.Value) []string {
	list := []string{v.String()}
	if s, ok := v.(pflag.SliceValue); ok {
		list = s.GetSlice()
	}
	var words []string
	for _, one := range list {
		for term := range strings.SplitSeq(one, "+") {
			word, _, _ := strings.Cut(term, "*")
			words = append(words, strings.TrimSpace(word))
		}
	}
	return words
}

// meantError is an error with another hint.
type meantError struct {
	error
	hint string
}

func (m meantError) Unwrap() error { return m.error }

// HintOf is the hint to show of an error.
func HintOf(err error) string {
	var m meantError
	if errors.As(err, &m) {
		return m.hint
	}
	return fault.HintOf(err)
}
