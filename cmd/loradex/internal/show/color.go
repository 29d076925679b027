package show

import "loradex/internal/fault"

// Colors are the values of --color.
func Colors() []string { return []string{"auto", "always", "never"} }

// Colored tells whether to color: auto does on a terminal that understands it, unless NO_COLOR says not to. Usage for another word.
func Colored(when string, terminal bool, getenv func(string) string) (bool, error) {
	switch when {
	case "auto":
		return terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb", nil
	case "always", "never":
		return when == "always", nil
	}
	return false, fault.Usagef("use auto, always or never", "--color is %q", when)
}
