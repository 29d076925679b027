"""PEFT adapters with non-zero B and the vectors that PEFT gives with them.

    MODEL=<model folder> python peft_adapters.py                 # the committed small ones, into ../adapters
    MODEL=<model folder> python peft_adapters.py --full DIR      # full-size ones (tens of MB), into DIR
    MODEL=<model folder> python peft_adapters.py --add NAME      # only the vectors of a folder that is there already
    MODEL=<model folder> python peft_adapters.py --missing       # only the folders and vectors that are not there yet

Every adapter is made with peft over AutoModel, its B (and, where asked, its biases) filled from a seed, and
saved by PEFT itself. The golden vectors come from the adapter as PEFT loads it back from disk, with mean
pooling and L2 norm as sentence-transformers does them, in fp32 on the CPU, one text at a time (no padding).
A mix of LoRAs is PEFT's own, with scaled weights. PEFT runs several active DoRAs one after another, each on the
outcome of those before it, so that the result depends on their order: a mix with a DoRA is made of what each
adapter, merged by PEFT alone, changes in the base's parameters: base + sum of weight * (merged - base).

Writes golden.safetensors: one tensor [24, dimensions] per mix, for the first 24 texts of ../parity/texts.json.
A tensor's name is the mix: an adapter's folder name, or `a*0.7 + b - c*0.25`. `none` is the base.
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
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

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
    "unchanged": (dict(r=2, target_modules=["query"], layers_to_transform=[5]), "lora_B (or lora_A) is zero"),
    "pooler_only": (dict(r=2, target_modules=["pooler.dense"]), "changes no layer that the base model runs"),
}
OURS = ("b", "biases", "half", "heads", "magnitudes")


def make(out, name, args, fill=True):
    """Makes one adapter, fills it and saves it as PEFT does."""
    ours = {k: args[k] for k in OURS if k in args}
    seed = sum(ord(c) * (i + 1) for i, c in enumerate(name))  # stable across runs, different for each name
    torch.manual_seed(seed)
    cls = AutoModelForSequenceClassification if ours.get("heads") else AutoModel
    model = get_peft_model(cls.from_pretrained(BASE), LoraConfig(**{k: v for k, v in args.items() if k not in OURS}))
    with torch.no_grad():
        for key, p in model.named_parameters():
            if fill and ("lora_B" in key or "lora_embedding_B" in key):
                p.normal_(0, ours.get("b", 0.1))
            elif ours.get("biases") and key.endswith(".bias") and re.search(ours["biases"], key):
                p.add_(torch.randn_like(p) * 0.1)
            elif ours.get("magnitudes") and "lora_magnitude_vector" in key:
                p.mul_(1 + ours["magnitudes"] * (2 * torch.rand_like(p) - 1))
    model.peft_config["default"].base_model_name_or_path = BASE_NAME
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()  # PEFT's empty card template
    cfg = json.loads((folder / "adapter_config.json").read_text())
    if isinstance(cfg["target_modules"], list):
        cfg["target_modules"].sort()  # PEFT keeps a set: sort, so that a second run gives the same bytes
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
    if len(names) > 1 and any(SMALL.get(n, {}).get("use_dora") for n in names):
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
def encode(model, tok, texts, dtype=torch.float32):
    """Mean pooling and L2 norm, one text at a time: nothing is padded, so nothing depends on batch-mates."""
    model = model.to(dtype)
    out = []
    for t in texts:
        enc = tok(t, truncation=True, max_length=256, return_tensors="pt")
        v = model(**enc).last_hidden_state[0].mean(0)
        out.append(v / v.norm())
    model.float()
    return torch.stack(out)


def spell(mix):
    """{name: weight} in the mix grammar."""
    s = ""
    for name, w in mix.items():
        s += (" - " if w < 0 else " + ") if s else ""
        s += name + ("" if abs(w) == 1 else f"*{abs(w):g}")
    return s or "none"


def goldens(out, mixes, golden):
    """Adds the vectors of the mixes to golden, checks them, and saves it."""
    texts = json.loads((HERE.parent / "parity" / "texts.json").read_text())[:ROWS]
    tok = AutoTokenizer.from_pretrained(BASE)
    if "none" not in golden:
        golden["none"] = encode(load(out, {}), tok, texts)
    base = golden["none"]
    for mix in mixes:
        model = load(out, mix)
        v = encode(model, tok, texts)
        exact = encode(model, tok, texts[:4], torch.float64)
        move, err = (v - base).abs().amax(1), (v[:4] - exact).abs().max().item()
        print(f"{spell(mix):48s} move {move.min():.3f}..{move.max():.3f}  fp32-fp64 {err:.1e}")
        assert move.min() >= 1e-2 and err <= 1e-6, mix
        golden[spell(mix)] = v
    save_file({k: v.contiguous() for k, v in golden.items()}, out / "golden.safetensors")


def main():
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    out = HERE.parent / "adapters"
    if "--add" in sys.argv:
        name = sys.argv[sys.argv.index("--add") + 1]
        return goldens(out, [{name: 1.0}], load_file(out / "golden.safetensors"))
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
