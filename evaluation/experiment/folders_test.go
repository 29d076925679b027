package experiment

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestMixFolder(t *testing.T) {
	seen := map[string]string{}
	for _, mix := range []string{"none", "go+security*0.3", "go+security_0.3", "go - tests*0.5", "arrow(go,python;k=2)", strings.Repeat("a+", 200) + "b", strings.Repeat("a+", 200) + "c"} {
		name := mixFolder(mix)
		if twin, ok := seen[name]; ok || name == "" || len(name) > 120 || filepath.Base(name) != name || strings.ContainsAny(name, `*/\ ;():`) {
			t.Errorf("%q is the folder %q, as is %q", mix, name, twin)
		}
		seen[name] = mix
	}
}
