package adapters_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/adapters/adapterstest"
	"loradex/adapters/delta"
	"loradex/internal/fault"
)

// fromHub is the folder of an adapter that AdapterHub's library saved (testdata/gen/adapterhub_adapters.py).
func fromHub(name string) string { return filepath.Join("..", "testdata", "adapters", name) }

// TestAddFromAdapterHub adds what AdapterHub's library saved, of either kind of file: what a task head left beside it stays
// behind, and written by us in PEFT's layout it is the same adapter.
func TestAddFromAdapterHub(t *testing.T) {
	lib := newLibrary(t)
	opts := adapters.AddOptions{BaseModel: "/models/all-MiniLM-L6-v2", Sites: adapterstest.BERT(6, 384, 1536)}
	for name, files := range map[string]string{
		"hub_lora":     "adapter.safetensors adapter_config.json loradex.json",
		"hub_lora_old": "adapter_config.json loradex.json pytorch_adapter.bin",
	} {
		if err := lib.Add(t.Context(), fromHub(name), name, opts); err != nil {
			t.Fatal(err)
		}
		var got []string
		entries, err := os.ReadDir(filepath.Join(lib.Dir(), name))
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") {
				got = append(got, e.Name())
			}
		}
		if strings.Join(got, " ") != files {
			t.Errorf("%s: %v, %v; want %s", name, got, err, files)
		}
		a := get(t, lib, name)
		saved := filepath.Join(t.TempDir(), name)
		if err := adapters.Save(saved, a, adapters.SaveOptions{Sites: opts.Sites}); err != nil {
			t.Fatal(err)
		}
		b, err := adapters.Load(saved)
		if err != nil {
			t.Fatal(err)
		}
		if a.Method != "lora" || a.Digest != b.Digest || !slices.Equal(slices.Sorted(maps.Keys(a.Updates)), slices.Sorted(maps.Keys(b.Updates))) {
			t.Errorf("%s: %s %s, in PEFT's layout %s", name, a.Method, a.Digest, b.Digest)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	list, err := lib.List(t.Context())
	if err != nil || len(list) != 2 || list[0].Method != "lora" || list[0].Rank != 4 || list[0].Bytes == 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestIncompleteFromAdapterHub: a model with one block more than the adapter was made for lacks tensors that the configuration
// promises.
func TestIncompleteFromAdapterHub(t *testing.T) {
	a, err := adapters.Load(fromHub("hub_lora"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	wantError(t, a.Check(adapterstest.BERT(7, 384, 1536)), fault.Corrupt, "encoder.layer.6.attention.self.query")
	wantError(t, a.Check(adapterstest.BERT(6, 256, 1024)), fault.Conflict, "384")

	b, err := adapters.Load(fromHub("hub_bn_relu"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	points := func(blocks ...int) (sites []delta.Site) {
		for _, n := range blocks {
			sites = append(sites, delta.Site{Path: delta.At(fmt.Sprintf("encoder.layer.%d.ffn", n), delta.Normed), Kind: delta.Point, In: 384, Out: 384})
		}
		return sites
	}
	if err := b.Check(points(0, 1, 5)); err != nil { // it leaves block 1 out
		t.Error(err)
	}
	wantError(t, b.Check(points(0, 5, 6)), fault.Corrupt, "encoder.layer.6.ffn@normed")
	wantError(t, b.Check(points(0)), fault.Conflict, "encoder.layer.5.ffn@normed")

	dir := t.TempDir()
	config, err := os.ReadFile(filepath.Join(fromHub("hub_lora"), "adapter_config.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "adapter_config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, newLibrary(t).Add(t.Context(), dir, "x", adapters.AddOptions{}), fault.NotFound, "pytorch_adapter.bin")
}
