package adapterhub

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loradex/adapters/delta"
	"loradex/adapters/safetensors"
	"loradex/internal/fault"
)

// seqBn is the settings of a bottleneck of 8 → 2 → 8; changes are laid over them.
func seqBn(changes ...string) map[string]string {
	out := map[string]string{
		"architecture": "null", "r": "", "alpha": "", "mh_adapter": "false", "output_adapter": "true", "reduction_factor": "4",
		"non_linearity": `"relu"`, "original_ln_before": "true", "original_ln_after": "true", "residual_before_ln": "true",
	}
	for _, c := range changes {
		key, text, _ := strings.Cut(c, "=")
		out[key] = text
	}
	return out
}

func bottleneckOf(path string) []safetensors.Tensor {
	path += ".adapters.go."
	return []safetensors.Tensor{
		f32(path+"adapter_down.0.weight", 2, 8), f32(path+"adapter_down.0.bias", 2), f32(path+"adapter_up.weight", 8, 2), f32(path+"adapter_up.bias", 8),
	}
}

func TestBottleneck(t *testing.T) {
	const out, self = "encoder.layer.0.output", "encoder.layer.0.attention.output"
	learned := f32(out+".adapters.go.scaling", 1)
	channel := f32(out+".adapters.go.scaling", 8)
	for name, tt := range map[string]struct {
		changes []string
		tensors []safetensors.Tensor
		want    string
	}{
		"as saved":            {nil, bottleneckOf("bert." + out), "ffn@normed relu 1 2"},
		"defaults":            {[]string{"original_ln_after=", "residual_before_ln=", "scaling="}, bottleneckOf(out), "ffn@normed relu 1 2"},
		"former name":         {nil, renamed(bottleneckOf(out), ".adapters.", ".layer_text_task_adapters."), "ffn@normed relu 1 2"},
		"behind attention":    {[]string{"mh_adapter=true", "output_adapter=false"}, bottleneckOf(self), "attention@normed relu 1 2"},
		"swish":               {[]string{`non_linearity="Swish"`}, bottleneckOf(out), "ffn@normed silu 1 2"},
		"gelu":                {[]string{`non_linearity="gelu"`}, bottleneckOf(out), "ffn@normed gelu 1 2"},
		"gelu, of old":        {[]string{`non_linearity="gelu"`, "/version="}, bottleneckOf(out), "ffn@normed gelu_tanh 1 2"},
		"gelu_orig, of old":   {[]string{`non_linearity="gelu_orig"`, "/version="}, bottleneckOf(out), "ffn@normed gelu 1 2"},
		"scaling":             {[]string{"scaling=4.0"}, bottleneckOf(out), "ffn@normed relu 4 2"},
		"learned scaling":     {[]string{`scaling="learned"`}, append(bottleneckOf(out), learned), "ffn@normed relu 1 2"},
		"scaling of channels": {[]string{`scaling="channel"`}, append(bottleneckOf(out), channel), "ffn@normed relu 1 4"},
		"by layer":            {[]string{`reduction_factor={"0": 4, "default": 2}`}, bottleneckOf(out), "ffn@normed relu 1 2"},
		"Houlsby":             {[]string{"original_ln_before=false"}, bottleneckOf(out), "ffn@output relu 1 2"},
		"parallel":            {[]string{"original_ln_before=", "is_parallel=true"}, bottleneckOf(out), "ffn@parallel relu 1 2"},
		"AdapterPlus":         {[]string{"original_ln_after=false", "residual_before_ln=false"}, bottleneckOf(out), "ffn@state relu 1 2"},
	} {
		f, err := open(t, seqBn(tt.changes...), tt.tensors...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, site := range slices.Collect(maps.Keys(f.Updates)) {
			u := f.Updates[site]
			b := u.Branches[0]
			got := fmt.Sprintf("%s %s %g %g", strings.TrimPrefix(site, "encoder.layer.0."), b.Act, b.Scale, b.BBias[1])
			if got != tt.want || b.Rank != 2 || u.In != 8 || u.Out != 8 || !f.Targets(delta.Site{Path: site}) || f.Method != "bottleneck" {
				t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, u)
			}
		}
		if f.Targets(delta.Site{Path: "encoder.layer.0.output.dense"}) || f.Targets(delta.Site{Path: "encoder.layer.0.ffn"}) {
			t.Errorf("%s: a layer is a target", name)
		}
	}
	for name, sites := range map[string]int{"hub_bn_relu": 2, "hub_bn_gelu": 2, "hub_bn_both": 2, "hub_bn_old": 2, "hub_bn_houlsby": 4, "hub_bn_parallel": 2, "hub_bn_plus": 2} {
		f, err := openDir(t, filepath.Join("..", "..", "testdata", "adapters", name))
		if err != nil || len(f.Updates) != sites {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func renamed(tensors []safetensors.Tensor, old, with string) []safetensors.Tensor {
	for i := range tensors {
		tensors[i].Name = strings.Replace(tensors[i].Name, old, with, 1)
	}
	return tensors
}

func TestBottleneckRefuses(t *testing.T) {
	const out = "encoder.layer.0.output"
	for name, tt := range map[string]struct {
		change  string
		tensors []safetensors.Tensor
		code    fault.Code
		part    string
	}{
		"post_add":           {`residual_before_ln="post_add"`, bottleneckOf(out), fault.Unsupported, "residual_before_ln"},
		"residual behind":    {"residual_before_ln=false", bottleneckOf(out), fault.Unsupported, "residual_before_ln"},
		"no LN behind":       {"original_ln_after=false", bottleneckOf(out), fault.Unsupported, "original_ln_after"},
		"own norm":           {"ln_after=true", bottleneckOf(out), fault.Unsupported, "ln_after"},
		"gated":              {"use_gating=true", bottleneckOf(out), fault.Unsupported, "use_gating"},
		"compacter":          {"phm_layer=true", bottleneckOf(out), fault.Unsupported, "phm_layer"},
		"invertible":         {`inv_adapter="nice"`, bottleneckOf(out), fault.Unsupported, "inv_adapter"},
		"unknown activation": {`non_linearity="mish"`, bottleneckOf(out), fault.Unsupported, "non_linearity"},
		"scaling 0":          {"scaling=0.0", bottleneckOf(out), fault.Unsupported, "scaling"},
		"scaling of no kind": {`scaling="some"`, bottleneckOf(out), fault.Unsupported, "scaling"},
		"no reduction":       {"reduction_factor=", bottleneckOf(out), fault.Corrupt, "reduction_factor"},
		"reduction of none":  {`reduction_factor={"1": 4}`, bottleneckOf(out), fault.Corrupt, "reduction_factor"},
		"reduction below 0":  {"reduction_factor=-1", bottleneckOf(out), fault.Corrupt, "reduction_factor"},
		"other reduction":    {"reduction_factor=2", bottleneckOf(out), fault.Corrupt, "reduction_factor"},
		"not at outputs":     {"output_adapter=false", bottleneckOf(out), fault.Corrupt, "leaves out"},
		"left out":           {"leave_out=[0]", bottleneckOf(out), fault.Corrupt, "leaves out"},
		"no bias":            {"scaling=1.0", bottleneckOf(out)[:3], fault.Corrupt, "adapter_up.bias"},
		"no scaling":         {`scaling="learned"`, bottleneckOf(out), fault.Corrupt, "scaling"},
		"scaling too long":   {`scaling="learned"`, append(bottleneckOf(out), f32(out+".adapters.go.scaling", 8)), fault.Corrupt, "scaling"},
		"another width":      {"scaling=1.0", append(bottleneckOf(out)[:2], f32(out+".adapters.go.adapter_up.weight", 7, 2), f32(out+".adapters.go.adapter_up.bias", 8)), fault.Corrupt, out},
	} {
		_, err := open(t, seqBn(tt.change), tt.tensors...)
		if fault.CodeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.part) {
			t.Errorf("%s: %v (%s), want %s naming %q", name, err, fault.CodeOf(err), tt.code, tt.part)
		}
	}
}
