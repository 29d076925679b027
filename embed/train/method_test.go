package train

import (
	"testing"

	"loradex/adapters"
)

// TestTrainedMethodsAreServed holds the table against that of adapters: what is trained is an adapter of a method that is read
// and saved under the same name, and rules of scale are no methods.
func TestTrainedMethodsAreServed(t *testing.T) {
	for _, m := range methods() {
		if _, err := adapters.MethodNamed(m.adapter); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		if !m.root && m.name != m.adapter || len(m.targets) == 0 {
			t.Errorf("%s is the method %q of targets %v", m.name, m.adapter, m.targets)
		}
	}
}
