"""Adapters of AdapterHub's library with trained-looking weights, and the vectors that the library gives with them.

    MODEL=<model folder> python adapterhub_adapters.py      # needs adapterhub-requirements.txt: it wants an older transformers

Every adapter is added to a BERT by `adapters`, filled from a seed, and saved by the library itself. The golden vectors come from
the adapter as the library loads it back from disk, with mean pooling and L2 norm, in fp32 on the CPU, one text at a time. A mix has
no counterpart there: its vectors are computed from the library's parts, over the plain BERT of transformers. With weight w, a LoRA
adds w * scaling * BA to its weight; (IA)^3's factor l of an output becomes 1 + w * (l * alpha - 1), and several are multiplied; all
bottlenecks of one kind at a sublayer read the same x, and the sum of w * U(x) is added: Houlsby's reads h and is added to it, a
parallel one reads i and is added to h, Pfeiffer's reads LN(h + i) and is added to h + i, that of AdapterPlus reads LN(h + i) and is
added to it; in this order. Checked: with weight 1 that is the library's own.

Writes ../adapters/hub_* and ../adapters/golden-hub-{lora,ia3,bottleneck}.safetensors (see peft_adapters.py for their form; 12 texts).
"""

import json
import os
import pathlib
import shutil
import types

import torch
from adapters import AdapterPlusConfig, BertAdapterModel, DoubleSeqBnConfig, IA3Config, LoRAConfig, ParBnConfig, SeqBnConfig
from adapters.methods.bottleneck import BottleneckLayer
from adapters.methods.lora import IA3, LoRALayer
from adapters.methods.modeling import ParallelAdapter
from transformers import AutoModel

import vectors

OUT = vectors.HERE.parent / "adapters"
BASE = os.environ["MODEL"]
ENDS = [1, 2, 3, 4]  # leave_out: what stays are the first layer and the last
DEFAULTS = dict(original_ln_before=True, original_ln_after=True, residual_before_ln=True, adapter_residual_before_ln=False)

# name: configuration, and ours: bin (a torch pickle), heads (the class whose names of weights begin with "bert."), old (what to
# change in the saved files, so that they are as older versions wrote them)
TABLE = {
    "hub_lora": (LoRAConfig(r=4, alpha=16, leave_out=ENDS), {}),
    "hub_lora_old": (LoRAConfig(r=4, alpha=16, attn_matrices=["q", "k"], output_lora=True, leave_out=[0, 1, 2, 3, 4]), dict(bin=True, heads=True, old="version")),
    "hub_ia3": (IA3Config(alpha=2, leave_out=ENDS), {}),
    "hub_bn_relu": (SeqBnConfig(reduction_factor=48, leave_out=ENDS, **DEFAULTS), {}),
    "hub_bn_gelu": (SeqBnConfig(reduction_factor={"5": 96, "default": 128}, non_linearity="gelu", scaling=1.5, leave_out=ENDS), dict(bin=True, heads=True)),
    "hub_bn_both": (SeqBnConfig(reduction_factor=64, mh_adapter=True, non_linearity="swish", scaling="channel", leave_out=[0, 1, 3, 4, 5]), {}),
    "hub_bn_houlsby": (DoubleSeqBnConfig(reduction_factor=96, leave_out=ENDS), {}),
    "hub_bn_parallel": (ParBnConfig(reduction_factor=64, scaling="learned", leave_out=ENDS), {}),
    "hub_bn_plus": (AdapterPlusConfig(stochastic_depth=0.0, leave_out=ENDS), {}),
    "hub_bn_old": (SeqBnConfig(reduction_factor=64, non_linearity="gelu_new", leave_out=ENDS), dict(bin=True, heads=True, old="names")),
}
MIXES = [
    {"hub_lora": 0.7, "hub_lora_old": -0.5},
    {"hub_ia3": 0.7, "hub_lora": 0.5},
    {"hub_bn_relu": 0.7, "hub_bn_gelu": 0.5},
    {"hub_bn_relu": 1.0, "hub_lora": 0.8, "hub_ia3": -0.5},
    {"hub_bn_houlsby": 0.5, "hub_bn_parallel": 0.6, "hub_bn_plus": -0.5, "hub_bn_relu": 0.5},
    {"hub_bn_both": 0.6, "hub_bn_old": -0.4, "hub_ia3": 0.7, "hub_lora_old": 0.5},
]


def model_of(name=None):
    model = BertAdapterModel.from_pretrained(BASE)
    if name:
        model.set_active_adapters(model.load_adapter(str(OUT / name), with_head=False, use_safetensors=True))
    return model.eval()


def make(name, config, bin=False, heads=False, old=None):
    torch.manual_seed(sum(ord(c) * (i + 1) for i, c in enumerate(name)))
    model = model_of()
    model.add_adapter(name, config=config)
    with torch.no_grad():
        for key, p in model.named_parameters():
            if f".{name}." not in key:
                continue
            if config.get("composition_mode") == "scale":
                p.normal_(1, 0.3).div_(config["alpha"])
            elif ".scaling" in key:
                p.add_(torch.randn_like(p) * 0.3)
            elif key.endswith("bias"):
                p.normal_(0, 0.1)
            else:
                p.normal_(0, {"lora_B": 0.05, "adapter_up.weight": 0.2}.get(key.split(f".{name}.")[1], 0.1))
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    (model if heads else model.bert).save_adapter(str(folder), name, use_safetensors=not bin, with_head=heads)
    path = folder / "adapter_config.json"
    cfg = json.loads(path.read_text())
    cfg["model_name"] = "sentence-transformers/all-MiniLM-L6-v2"
    if old == "version":
        cfg["version"] = "adapters.0.2.1"
    if old == "names":  # as adapter-transformers 1.x named things
        keep = ["ln_after", "ln_before", "mh_adapter", "output_adapter", "adapter_residual_before_ln", "original_ln_after", "original_ln_before", "reduction_factor", "residual_before_ln", "leave_out"]
        cfg["config"] = {k: cfg["config"][k] for k in keep} | {"non_linearity": "gelu"}
        del cfg["version"]
        weights = folder / "pytorch_adapter.bin"
        torch.save({k.replace("output.adapters.", "output.layer_text_task_adapters."): v for k, v in torch.load(weights).items()}, weights)
    path.write_text(json.dumps(cfg, indent=2, sort_keys=True) + "\n")


def parts(mix):
    """What the library's modules do at each path of a plain BERT: the change of a weight, the factor of an output, bottlenecks."""
    change, factor, bottlenecks = {}, {}, {}
    for name, w in mix.items():
        for key, m in model_of(name).bert.named_modules():
            if isinstance(m, LoRALayer) and name in m.loras:
                lora = m.loras[name]
                if isinstance(lora, IA3):
                    factor[key] = factor.get(key, 1) * (1 + w * (lora.lora_B.detach().double() * lora.scaling - 1))
                else:
                    change[key] = change.get(key, 0) + w * lora.scaling * lora.delta_w.detach().double()
            if isinstance(m, BottleneckLayer) and name in m.adapters:
                bottlenecks.setdefault(key, []).append((w, m.adapters[name]))
    return change, factor, bottlenecks


def kind_of(a):
    """Where a bottleneck reads and adds."""
    if isinstance(a, ParallelAdapter):
        return "parallel"
    if not a.original_ln_before:
        return "output"
    return "normed" if a.original_ln_after else "state"


def sublayer(self, h, i):
    def u(kind, x):
        return sum(w * a.adapter_up(a.adapter_down(x)) * a.scaling for w, a in self.bottlenecks if kind_of(a) == kind)

    h = self.dense(h)
    h = h + u("output", h)
    z = h + u("parallel", i) + i
    y = self.LayerNorm(z + u("normed", self.LayerNorm(z)))
    return y + u("state", y)


def load(mix):
    if list(mix.values()) == [1.0]:
        (name,) = mix
        return model_of(name).bert
    return composed(mix)


@torch.no_grad()
def composed(mix):
    model = AutoModel.from_pretrained(BASE).eval()
    change, factor, bottlenecks = parts(mix)
    for key, m in model.named_modules():
        if key in factor:
            m.weight.copy_(m.weight * factor[key])
            m.bias.copy_(m.bias * factor[key].flatten())
        if key in change:
            m.weight.add_(change[key])
        if key in bottlenecks:
            m.bottlenecks = bottlenecks[key]
            for i, (_, a) in enumerate(m.bottlenecks):
                m.add_module(f"bottleneck{i}", a)  # so that it takes the model's type
            m.forward = types.MethodType(sublayer, m)
    return model


def main():
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    for name, (config, options) in TABLE.items():
        make(name, config, **options)
        ids = torch.arange(1000, 1020)[None]
        own, ours = (f({name: 1.0})(ids).last_hidden_state for f in (load, composed))
        print(name, sorted(p.name for p in (OUT / name).iterdir()), f"{(own - ours).abs().max():.1e}", flush=True)
        assert (own - ours).abs().max() <= 3e-6
    files = {"lora": [], "ia3": [], "bottleneck": []}
    for mix in [{n: 1.0} for n in TABLE] + MIXES:
        named = "".join(mix)
        files["bottleneck" if "hub_bn" in named else "ia3" if "hub_ia3" in named else "lora"].append(mix)
    for kind, mixes in files.items():
        vectors.goldens(BASE, load, mixes, {}, OUT / f"golden-hub-{kind}.safetensors", 12)


if __name__ == "__main__":
    main()
