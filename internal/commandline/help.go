// Package commandline has what cobra leaves to be wished for: help that fits a terminal, and what was meant where a word is
// mistyped.
//
//	root.SetHelpFunc(commandline.Help)
//	root.SetFlagErrorFunc(commandline.FlagError)
//	c, err := root.ExecuteContextC(ctx)
//	err = commandline.Explain(c, err)
package commandline

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Width is what every terminal has. No line of a help is longer, whatever the texts of the commands look like.
const Width = 80

// Help prints the help of a command.
func Help(c *cobra.Command, _ []string) {
	text := c.Long
	if text == "" {
		text = c.Short
	}
	c.Print(wrapped(text) + "\n\n" + Usage(c))
}

// Usage is the part of the help that says how a command is called.
func Usage(c *cobra.Command) string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if c.Runnable() && c.HasParent() && !c.HasAvailableSubCommands() {
		b.WriteString(hanging("  "+c.UseLine(), 4) + "\n")
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("  " + c.CommandPath() + " [command]\n")
	}
	if c.HasExample() {
		b.WriteString("\nExamples:\n" + examples(c.Example) + "\n")
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\nAvailable Commands:\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				b.WriteString(hanging(fmt.Sprintf("  %-*s %s", sub.NamePadding(), sub.Name(), sub.Short), sub.NamePadding()+3) + "\n")
			}
		}
	}
	for _, part := range []struct{ title, flags string }{
		{"Flags", c.LocalFlags().FlagUsagesWrapped(Width)},
		{"Global Flags", c.InheritedFlags().FlagUsagesWrapped(Width)},
	} {
		if part.flags != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", part.title, strings.TrimRight(part.flags, " \n"))
		}
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nUse \"%s [command] --help\" for more information about a command.\n", c.CommandPath())
	}
	return b.String()
}

// wrapped breaks paragraphs anew. Lines that begin with a space are entries of a list: what is too long of one goes on below
// its second column.
func wrapped(text string) string {
	var out, paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			out, paragraph = append(out, hanging(strings.Join(paragraph, " "), 0)), nil
		}
	}
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, " "):
			end()
			out = append(out, hanging(line, secondColumn(line)))
		case line == "":
			end()
			out = append(out, "")
		default:
			paragraph = append(paragraph, line)
		}
	}
	end()
	return strings.Join(out, "\n")
}

// secondColumn is where the text of an entry begins behind its name, or where the entry begins where it has none.
func secondColumn(line string) int {
	begin := len(line) - len(strings.TrimLeft(line, " "))
	if at := strings.Index(line[begin:], "  "); at >= 0 {
		rest := line[begin+at:]
		if column := begin + at + len(rest) - len(strings.TrimLeft(rest, " ")); column < Width/2 {
			return column
		}
	}
	return begin
}

// hanging breaks a line at spaces; what follows is indented.
func hanging(line string, indent int) string {
	var b strings.Builder
	for {
		at := breakAt(line, Width, indent)
		if at < 0 {
			b.WriteString(line)
			return b.String()
		}
		b.WriteString(strings.TrimRight(line[:at], " ") + "\n")
		line = strings.Repeat(" ", indent) + strings.TrimLeft(line[at:], " ")
	}
}

// breakAt is the last space before which a line fits, behind its indent; -1 where nothing is to be broken.
func breakAt(line string, width, indent int) int {
	columns, last := 0, -1
	for i, r := range line {
		if r == ' ' && i > indent && columns <= width {
			last = i
		}
		if columns++; columns > width && last > 0 {
			return last
		}
	}
	return -1
}

// examples breaks command lines as a shell takes them: with a backslash, outside of quotes.
func examples(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		for {
			at := shellBreak(line)
			if at < 0 {
				break
			}
			out = append(out, line[:at]+` \`)
			line = "    " + line[at+1:]
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// shellBreak is the last space outside of quotes that leaves room for a backslash; -1 where the line is short enough.
func shellBreak(line string) int {
	if len(line) <= Width {
		return -1
	}
	quote, last := rune(0), -1
	for i, r := range line[:Width-1] {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		case r == ' ' && quote == 0 && i > 4:
			last = i
		}
	}
	return last
}
