package training

import (
	"fmt"

	"loradex/adapters"
	"loradex/internal/plural"
)

// Sentence says honestly what the user has now.
func (r *Report) Sentence() string {
	how := "`--adapter " + r.Adapter + "`"
	if r.Side == adapters.SideQuery {
		how += ", without indexing again"
	}
	switch r.Verdict {
	case Better:
		return "It helps on texts like these. Use it with " + how + "."
	case Worse:
		return "It makes retrieval worse on held-back texts of its own kind: do not use it. More data or a lower rate may help."
	case Mixed:
		return "It helps by some figures and harms by others, all beyond chance: look at them before you use it with " + how + "."
	case NotMeasured:
		return "It was not measured: nothing says whether it helps."
	}
	return fmt.Sprintf("No difference beyond chance on %s held-back queries: nothing says that it helps. More data may show a difference.",
		plural.Thousands(r.Before.Queries))
}
