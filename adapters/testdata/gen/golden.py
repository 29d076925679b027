"""Writes the golden PEFT folders under adapters/testdata/golden, with what PEFT itself makes of them.

Run from the repository's root with torch, transformers and peft 0.21:

    python adapters/testdata/gen/golden.py

A tiny random BERT is adapted by several configurations with random weights (B too, so that nothing is zero).
Each folder is loaded again by PEFT, and expected.json holds what PEFT then uses for each layer: its path, rank and
scaling, and of the merged difference (merged weight minus base weight, float64) the sum of absolute values and the
dot product with a fixed pattern, which a wrong order of elements would change; and the biases likewise.
"""

import json
import math
import pathlib
import shutil

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import BertConfig, BertForSequenceClassification, BertModel

OUT = pathlib.Path(__file__).resolve().parent.parent / "golden"
HIDDEN, INNER, LAYERS = 16, 24, 3


def base(cls=BertModel):
    torch.manual_seed(1)
    return cls(BertConfig(vocab_size=40, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=2,
                          intermediate_size=INNER, max_position_embeddings=16)).eval()


QV = ["query", "value"]
CASES = {
    "query-value": dict(r=4, lora_alpha=8, target_modules=QV),
    "every-linear": dict(r=2, lora_alpha=3, target_modules="all-linear"),
    "rslora": dict(r=8, lora_alpha=16, target_modules=QV, use_rslora=True),
    "patterns": dict(r=4, lora_alpha=8, target_modules=["query", "key", "dense"], exclude_modules=["pooler.dense"],
                     rank_pattern={"key": 2, r"encoder\.layer\.1\.attention.*query": 6, r"layer\.\d\.output.dense": 3,
                                   "^encoder.layer.0.attention.self.query": 1},
                     alpha_pattern={"self.key": 5, r"layer.2.*": 7, "query": 11}),
    "rslora-patterns": dict(r=4, lora_alpha=8, target_modules=["query", "key"], use_rslora=True,
                            rank_pattern={"key": 2}, alpha_pattern={"query": 3.5}),
    "regex": dict(r=3, lora_alpha=6, target_modules=r"encoder\.layer\.[02]\.attention\.self\.(query|value)"),
    "some-layers": dict(r=4, lora_alpha=4, target_modules=QV, layers_to_transform=[0, 2]),
    "one-layer-pattern": dict(r=4, lora_alpha=4, target_modules=QV, layers_to_transform=1, layers_pattern="layer"),
    "bias-all": dict(r=2, lora_alpha=4, target_modules=QV, bias="all"),
    "bias-lora-only": dict(r=2, lora_alpha=4, target_modules=["dense"], bias="lora_only"),
    "gaussian-start": dict(r=2, lora_alpha=4, target_modules=["key"], init_lora_weights="gaussian", fan_in_fan_out=False),
    "classifier": dict(r=2, lora_alpha=4, target_modules=QV, task_type="SEQ_CLS", bias="all"),
    "wrapped": dict(r=2, lora_alpha=4, target_modules=r"0\.auto_model\..*\.value", rank_pattern={"0.auto_model.encoder.layer.1.attention.self.value": 5}),
}


class Wrapped(torch.nn.Sequential):
    """As sentence-transformers holds an encoder: module 0, attribute auto_model."""

    def __init__(self):
        inner = torch.nn.Module()
        inner.auto_model = base()
        super().__init__(inner)


def model_for(name):
    if name == "classifier":
        return base(BertForSequenceClassification)
    return Wrapped() if name == "wrapped" else base()


def checks(t):
    t = t.double().flatten()
    pattern = torch.sin(torch.arange(1, t.numel() + 1, dtype=torch.float64))
    return {"abs": t.abs().sum().item(), "dot": (t * pattern).sum().item()}


def strip(key):
    for p in ("base_model.model.", "0.auto_model.", "bert."):
        key = key.removeprefix(p)
    return key


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for n, (name, kw) in enumerate(CASES.items()):
        torch.manual_seed(100 + n)
        model = get_peft_model(model_for(name), LoraConfig(**kw))
        with torch.no_grad():
            for key, p in model.named_parameters():
                if "lora_" in key or (p.requires_grad and key.endswith("bias")):
                    p.copy_(torch.randn_like(p) * 0.2)
        folder = OUT / name
        model.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)

        plain = {k: v.detach().clone().double() for k, v in model_for(name).named_parameters()}
        loaded = PeftModel.from_pretrained(model_for(name), folder).eval()
        sites = {}
        for key, module in loaded.base_model.model.named_modules():
            if not hasattr(module, "lora_A") or "default" not in module.lora_A:
                continue
            a = module.lora_A["default"].weight
            sites[strip(key)] = {"rank": module.r["default"], "scale": module.scaling["default"], "in": a.shape[1],
                                 "out": module.lora_B["default"].weight.shape[0]}
        merged = dict(loaded.merge_and_unload().named_parameters())
        for key, want in plain.items():
            got = merged.get(key)
            if got is None:
                continue  # a head in modules_to_save
            path, _, part = key.rpartition(".")
            path = strip(path)
            if path.startswith("classifier"):
                continue
            if path in sites and part == "weight":
                sites[path]["delta"] = checks(got.detach().double() - want)
            elif part == "bias" and not torch.equal(got.detach().double(), want):
                sites.setdefault(path, {"rank": 0, "scale": 0, "in": 0, "out": want.numel()})["bias"] = checks(got.detach())
            elif not torch.equal(got.detach().double(), want):
                raise SystemExit(f"{name}: {key} changed, which the golden does not say")
        assert sites and all(math.isfinite(s["scale"]) for s in sites.values())
        (folder / "expected.json").write_text(json.dumps(sites, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
