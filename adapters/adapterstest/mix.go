package adapterstest

import "loradex/adapters"

// Mix is the mix of a text that is known to be one; it panics at any other.
func Mix(text string) adapters.Mix {
	m, err := adapters.ParseMix(text)
	if err != nil {
		panic(err)
	}
	return m
}
