package adapters_test

import (
	"fmt"

	"loradex/adapters"
)

func ExampleParseMix() {
	for _, text := range []string{"security*0.30 + go", "go - tests*0.5", "arrow(python,go;k=2)", "go-tests", "go+go"} {
		m, err := adapters.ParseMix(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(m)
	}
	// Output:
	// go+security*0.3
	// go - tests*0.5
	// arrow(go,python;k=2)
	// go-tests
	// mix "go+go": adapter "go" occurs twice in the mix
}
