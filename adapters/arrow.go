package adapters

import (
	"strconv"

	"loradex/internal/fault"
)

// Arrow is what the router arrow goes by: arrow(go,python;k=2,t=1).
type Arrow struct {
	K           int     // the most adapters that share a token; the default is 2
	Temperature float64 // of the softmax over their logits; the default is 1
}

// Arrow reads the options of the router arrow. Invalid for others than k, from 1 to 32, and t, more than 0 and at most 1000.
func (r *Route) Arrow() (Arrow, error) {
	a := Arrow{K: 2, Temperature: 1}
	for key, value := range r.Options {
		var err error
		switch key {
		case "k":
			a.K, err = strconv.Atoi(value)
			if err == nil && (a.K < 1 || a.K > maxRouteOf) {
				err = strconv.ErrRange
			}
		case "t":
			a.Temperature, err = strconv.ParseFloat(value, 64)
			if err == nil && !(a.Temperature > 0 && a.Temperature <= 1000) {
				err = strconv.ErrRange
			}
		default:
			return a, fault.New(fault.Invalid, "router arrow has no option %q", key).WithHint("it has k and t, as in arrow(go,python;k=2,t=0.5)")
		}
		if err != nil {
			return a, fault.New(fault.Invalid, "router arrow: %s is %q", key, value).WithHint("k is 1 to %d, t more than 0 and at most 1000", maxRouteOf)
		}
	}
	return a, nil
}

// Rule is the router without the names of its adapters: two routes of one rule over the same adapters do the same.
func (r *Route) Rule() string {
	rule := Route{Name: r.Name, Options: r.Options}
	if r.Name == "arrow" {
		if a, err := r.Arrow(); err == nil { // defaults that are written are the same as none
			rule.Options = map[string]string{"k": strconv.Itoa(a.K), "t": strconv.FormatFloat(a.Temperature, 'g', -1, 64)}
		}
	}
	return rule.text()
}
