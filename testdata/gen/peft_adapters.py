"""PEFT adapters with non-zero B and the vectors that PEFT gives with them.

    MODEL=<model folder> python peft_adapters.py                 # the committed small ones, into ../adapters
    MODEL=<model folder> python peft_adapters.py --full DIR      # full-size ones (tens of MB), into DIR
    MODEL=<model folder> python peft_adapters.py --add NAME      # only the vectors of a folder that is there already
    MODEL=<model folder> python peft_adapters.py --missing       # only the folders and vectors that are not there yet
    MODEL=<model folder> python peft_adapters.py --ia3           # the (IA)^3 ones, with a file of vectors of their own
    MODEL=<model folder> python peft_adapters.py --method NAME   # those of another method (METHODS), likewise: golden-NAME.safetensors

Every adapter is made with peft over AutoModel, its B (and, where asked, its biases) filled from a seed, and
saved by PEFT itself. The golden vectors come from the adapter as PEFT loads it back from disk, with mean
pooling and L2 norm as sentence-transformers does them, in fp32 on the CPU, one text at a time (no padding).
A mix of LoRAs is PEFT's own, with scaled weights. PEFT runs several active DoRAs one after another, each on the
outcome of those before it, so that the result depends on their order: a mix with a DoRA is made of what each
adapter, merged by PEFT alone, changes in the base's parameters: base + sum of weight * (merged - base).

(IA)^3 has factors l: a mix multiplies an output (or, of a feed-forward layer, an input) by the product of 1 + weight * (l - 1).

Writes golden.safetensors: one tensor [24, dimensions] per mix, for the first 24 texts of ../parity/texts.json.
A tensor's name is the mix: an adapter's folder name, or `a*0.7 + b - c*0.25`. `none` is the base. golden-ia3.safetensors has the same
for (IA)^3 and 12 texts. What LN tuning and VeRA change are weights and biases, so their mixes are made as those with a DoRA.
Folders under refused/ must be refused by a reader that knows LoRA only; expected.json there has words of the error.

Checked and printed: how far each mix moves the vectors from the base (must be >= 1e-2), and how far fp32 is
from fp64 on the first four texts (must be <= 1e-6, so that the goldens are not an accident of rounding).
"""

import json
import os
import pathlib
import re
import shutil
import sys

import torch
from peft import IA3Config, LNTuningConfig, LoraConfig, PeftModel, VeraConfig, get_peft_model
from peft.tuners.ia3 import IA3Layer
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoModelForSequenceClassification

import vectors
from vectors import spell

HERE = pathlib.Path(__file__).resolve().parent
BASE = os.environ["MODEL"]
BASE_NAME = "sentence-transformers/all-MiniLM-L6-v2"
ROWS = 24
ALL = ["query", "key", "value", "dense"]  # `dense` names the three other linear layers of a block, and the pooler's

# name: LoraConfig arguments, and ours: b (std of B), biases (which biases to change), half (dtype on disk), heads,
# magnitudes (DoRA: how far each is moved at most, as a share)
SMALL = {
    "qv_r4": dict(r=4, lora_alpha=8, target_modules=["query", "value"], task_type="FEATURE_EXTRACTION"),
    "qv_r16": dict(r=16, lora_alpha=32, target_modules=["query", "value"], layers_to_transform=[0, 3]),
    "qv_r64": dict(r=64, lora_alpha=64, target_modules=["query", "value"], layers_to_transform=[5], b=0.05),
    "all_r8": dict(r=8, b=0.05, lora_alpha=16, target_modules=ALL, layers_to_transform=[0, 5]),
    "all_linear_r1": dict(r=1, b=0.05, lora_alpha=4, target_modules="all-linear"),
    "rslora_r32": dict(r=32, lora_alpha=16, target_modules=["query", "value"], use_rslora=True, layers_to_transform=[4], b=0.05),
    "rank_pattern": dict(
        r=4, lora_alpha=8, target_modules=["query", "value"], layers_to_transform=[0, 2, 5],
        rank_pattern={"layer.5.attention.self.value": 16, "layer.0.attention.self.query": 2, r".*\.2\..*\.query": 7},
    ),
    "alpha_pattern": dict(
        r=4, lora_alpha=4, target_modules=["query", "value"], layers_to_transform=[1, 3],
        alpha_pattern={"layer.3.attention.self.query": 24, "value": 2}, rank_pattern={"layer.1.attention.self.value": 6},
        use_rslora=True,
    ),
    "target_regex": dict(r=6, lora_alpha=9, target_modules=r".*encoder\.layer\.[13]\.(attention\.self\.key|output\.dense)"),
    "bias_lora_only": dict(r=4, lora_alpha=8, target_modules=["query", "value"], layers_to_transform=[2], bias="lora_only", biases="query|value"),
    "bias_all": dict(r=4, lora_alpha=8, target_modules=["query", "value"], layers_to_transform=[2], bias="all", biases=r"query|key|value|dense"),
    "bias_all_norm": dict(r=4, lora_alpha=8, target_modules=["query"], layers_to_transform=[2], bias="all", biases="."),
    "bf16_r8": dict(r=8, lora_alpha=16, target_modules=["query", "value"], layers_to_transform=[1, 4], half=torch.bfloat16),
    "fp16_r8": dict(r=8, lora_alpha=16, target_modules=["key", "value"], layers_to_transform=[2, 5], half=torch.float16),
    "seq_cls_r4": dict(r=4, lora_alpha=8, target_modules=["query", "value"], layers_to_transform=[1], task_type="SEQ_CLS", heads=True, b=0.25),
    "dora_r8": dict(r=8, lora_alpha=16, target_modules=["query", "value"], layers_to_transform=[1, 4], use_dora=True, magnitudes=0.2),
    "dora_all_r4": dict(r=4, b=0.05, lora_alpha=8, target_modules="all-linear", use_dora=True, magnitudes=0.2, half=torch.float16),
}
FULL = {
    "qv_r64_full": dict(r=64, lora_alpha=64, target_modules=["query", "value"], b=0.02),
    "qv_r16_full": dict(r=16, lora_alpha=32, target_modules=["query", "value"]),
    "all_r16_full": dict(r=16, lora_alpha=16, target_modules=ALL, b=0.015),
    "all_r64_full": dict(r=64, lora_alpha=64, target_modules="all-linear", b=0.01),
    "rslora_r32_full": dict(r=32, lora_alpha=16, target_modules=ALL, use_rslora=True, b=0.01),
}
IA3 = {  # name: IA3Config arguments; factors: how far from 1 (std)
    "ia3": dict(task_type="FEATURE_EXTRACTION", factors=0.3, half=torch.float16),  # the default targets of BERT
    "ia3_ff": dict(
        target_modules=r".*layer\.[05]\.(attention\.self\.query|attention\.output\.dense|intermediate\.dense|output\.dense)",
        feedforward_modules=r".*layer\.\d+\.(intermediate|output)\.dense", factors=0.4,
    ),
    "ia3_outputs": dict(target_modules=["query", "intermediate.dense"], feedforward_modules=[], factors=0.2, half=torch.bfloat16),
}
IA3_MIXES = [
    {"ia3": 0.5, "ia3_ff": -0.75},
    {"ia3": 0.8, "qv_r4": 0.7, "bias_all": 0.5},
    {"ia3_ff": 1.0, "all_r8": 0.5, "ia3_outputs": 1.5},
]
METHODS = {  # by name: the configuration's class, adapters with its arguments, and mixes
    "ln": (
        LNTuningConfig,
        {"ln": dict(target_modules=["LayerNorm"], task_type="FEATURE_EXTRACTION"), "ln_some": dict(target_modules=r".*layer\.[05]\.output\.LayerNorm", half=torch.float16)},
        [{"ln": 0.7, "ln_some": -0.5}, {"ln": 0.6, "qv_r4": 0.7, "bias_all_norm": 0.5}],
    ),
    "vera": (
        VeraConfig,
        {
            "vera": dict(r=8, target_modules=["query", "value"], task_type="FEATURE_EXTRACTION"),
            "vera_wide": dict(r=4, target_modules=r".*layer\.[05]\.(attention\.self\.key|intermediate\.dense|output\.dense)", half=torch.float16),
        },
        [{"vera": 0.7, "vera_wide": -0.5}, {"vera_wide": 0.6, "qv_r4": 0.7, "vera": 0.5}],
    ),
}
MIXES = [
    {"qv_r4": 0.7, "all_r8": 0.5},
    {"qv_r16": 1.0, "rslora_r32": -0.25, "rank_pattern": 0.6},
    {"all_r8": 0.5, "dora_r8": 0.7},
    {"dora_all_r4": 1.0, "rslora_r32": 0.6, "dora_r8": -0.25},
]
REFUSED = {
    "pissa": (dict(r=2, target_modules=["query"], layers_to_transform=[5], init_lora_weights="pissa"), "init_lora_weights"),
    "olora": (dict(r=2, target_modules=["query"], layers_to_transform=[5], init_lora_weights="olora"), "init_lora_weights"),
    "lora_bias": (dict(r=2, target_modules=["query"], layers_to_transform=[5], lora_bias=True), "lora_bias"),
    "modules_to_save": (dict(r=2, target_modules=["query"], layers_to_transform=[5], modules_to_save=["embeddings.LayerNorm"]), "modules_to_save"),
    "embedding": (dict(r=1, target_modules=["token_type_embeddings"]), "token_type_embeddings"),
    "unchanged": (dict(r=2, target_modules=["query"], layers_to_transform=[5]), "what it adds is zero"),
    "pooler_only": (dict(r=2, target_modules=["pooler.dense"]), "changes no layer that the base model runs"),
}
OURS = ("b", "biases", "half", "heads", "magnitudes", "factors")


def make(out, name, args, fill=True):
    """Makes one adapter, fills it and saves it as PEFT does."""
    ours = {k: args[k] for k in OURS if k in args}
    seed = sum(ord(c) * (i + 1) for i, c in enumerate(name))  # stable across runs, different for each name
    torch.manual_seed(seed)
    cls = AutoModelForSequenceClassification if ours.get("heads") else AutoModel
    config = IA3Config if "factors" in ours else next((c for c, table, _ in METHODS.values() if name in table), LoraConfig)
    model = get_peft_model(cls.from_pretrained(BASE), config(**{k: v for k, v in args.items() if k not in OURS}))
    with torch.no_grad():
        for key, p in model.named_parameters():
            if fill and ("lora_B" in key or "lora_embedding_B" in key):
                p.normal_(0, ours.get("b", 0.1))
            elif ours.get("biases") and key.endswith(".bias") and re.search(ours["biases"], key):
                p.add_(torch.randn_like(p) * 0.1)
            elif ours.get("magnitudes") and "lora_magnitude_vector" in key:
                p.mul_(1 + ours["magnitudes"] * (2 * torch.rand_like(p) - 1))
            elif "ln_tuning_layers" in key:
                p.add_(torch.randn_like(p) * 0.1)
            elif "vera_lambda" in key:
                p.normal_(0.5, 0.5)
            elif "ia3_l" in key:
                p.add_(torch.randn_like(p) * ours["factors"])
    model.peft_config["default"].base_model_name_or_path = BASE_NAME
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()  # PEFT's empty card template
    cfg = json.loads((folder / "adapter_config.json").read_text())
    for field in ("target_modules", "feedforward_modules"):
        if isinstance(cfg.get(field), list):
            cfg[field].sort()  # PEFT keeps a set: sort, so that a second run gives the same bytes
    (folder / "adapter_config.json").write_text(json.dumps(cfg, indent=2, sort_keys=True) + "\n")
    if ours.get("half"):
        path = folder / "adapter_model.safetensors"
        save_file({k: v.to(ours["half"]) for k, v in load_file(path).items()}, path, metadata={"format": "pt"})


def load(out, adapters):
    """The base with the named adapters, as PEFT loads them, with the weights {name: weight} active together."""
    if not adapters:
        return AutoModel.from_pretrained(BASE).eval()
    names = list(adapters)
    heads = any(SMALL.get(n, {}).get("heads") for n in names)
    base = (AutoModelForSequenceClassification if heads else AutoModel).from_pretrained(BASE)
    if len(names) > 1 and any(n in IA3 for n in names):
        return factored(out, adapters, base)
    if len(names) > 1 and any(SMALL.get(n, {}).get("use_dora") or any(n in table for _, table, _ in METHODS.values()) for n in names):
        return merged(out, adapters, base)
    model = PeftModel.from_pretrained(base, out / names[0], adapter_name=names[0])
    for n in names[1:]:
        model.load_adapter(out / n, adapter_name=n)
    model.base_model.set_adapter(names)
    for m in model.modules():
        for n in names:
            if isinstance(m, LoraLayer) and n in m.scaling:
                m.scaling[n] *= adapters[n]
    return (model.base_model.model.bert if heads else model.base_model.model).float().eval()


@torch.no_grad()
def merged(out, adapters, base):
    """base + sum of weight * (what PEFT merges of each adapter alone - base)."""
    total = {k: v.double() for k, v in base.state_dict().items()}
    for n, w in adapters.items():
        alone = PeftModel.from_pretrained(AutoModel.from_pretrained(BASE), out / n).merge_and_unload().state_dict()
        for k, v in base.state_dict().items():
            total[k] += w * (alone[k].double() - v.double())
    base.load_state_dict({k: v.to(base.state_dict()[k].dtype) for k, v in total.items()})
    return base.float().eval()


@torch.no_grad()
def factored(out, adapters, base):
    """Outputs and inputs times the product of 1 + weight * (l - 1), then what each other adapter's merge adds, times its weight."""
    factors, total = {}, {}
    plain = {k: v.double() for k, v in base.state_dict().items()}
    for n, w in adapters.items():
        model = PeftModel.from_pretrained(AutoModel.from_pretrained(BASE), out / n)
        if n not in IA3:
            for k, v in model.merge_and_unload().state_dict().items():
                total[k] = total.get(k, 0) + w * (v.double() - plain[k])
            continue
        for k, m in model.base_model.model.named_modules():
            if isinstance(m, IA3Layer):
                f = 1 + w * (m.ia3_l["default"].detach().double() - 1)  # [out, 1] or [1, in], as it multiplies the weight
                factors[k, m.is_feedforward] = factors.get((k, m.is_feedforward), 1) * f
    for (k, feedforward), f in factors.items():
        plain[k + ".weight"] *= f
        if not feedforward:
            plain[k + ".bias"] *= f.flatten()
    dtypes = {k: v.dtype for k, v in base.state_dict().items()}
    base.load_state_dict({k: (v + total.get(k, 0)).to(dtypes[k]) for k, v in plain.items()})
    return base.float().eval()


def goldens(out, mixes, golden, name="golden.safetensors", rows=ROWS):
    """Adds the vectors of the mixes to golden, checks them, and saves it."""
    vectors.goldens(BASE, lambda mix: load(out, mix), mixes, golden, out / name, rows)


def main():
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    out = HERE.parent / "adapters"
    if "--add" in sys.argv:
        name = sys.argv[sys.argv.index("--add") + 1]
        return goldens(out, [{name: 1.0}], load_file(out / "golden.safetensors"))
    if "--ia3" in sys.argv:
        for name, args in IA3.items():
            make(out, name, args)
        return goldens(out, [{n: 1.0} for n in IA3] + IA3_MIXES, {}, "golden-ia3.safetensors", 12)
    if "--method" in sys.argv:
        method = sys.argv[sys.argv.index("--method") + 1]
        _, table, mixes = METHODS[method]
        for name, args in table.items():
            make(out, name, args)
        return goldens(out, [{n: 1.0} for n in table] + mixes, {}, f"golden-{method}.safetensors", 12)
    if "--missing" in sys.argv:
        for name, args in SMALL.items():
            if not (out / name).exists():
                make(out, name, args)
        golden = load_file(out / "golden.safetensors")
        return goldens(out, [m for m in [{n: 1.0} for n in SMALL] + MIXES if spell(m) not in golden], golden)
    full = "--full" in sys.argv
    if full:
        out = pathlib.Path(sys.argv[sys.argv.index("--full") + 1])
    out.mkdir(parents=True, exist_ok=True)
    table = FULL if full else SMALL
    for name, args in table.items():
        make(out, name, args)
    if not full:
        for name, (args, _) in REFUSED.items():
            make(out / "refused", name, args, fill=name != "unchanged")
        why = {n: w for n, (_, w) in REFUSED.items()}
        (out / "refused" / "expected.json").write_text(json.dumps(why, indent=2) + "\n")
    mixes = [{n: 1.0} for n in table] + ([] if full else MIXES)
    if not full and (out / "godoc").exists():  # trained by loradex
        mixes.append({"godoc": 1.0})
    goldens(out, mixes, {})


if __name__ == "__main__":
    main()
