"""Writes LoRAs under adapters/merge/testdata, and what PEFT's add_weighted_adapter makes of them.

Run from the repository's root with torch, transformers and peft 0.21:

    python adapters/merge/testdata/gen/merged.py

A tiny random BERT is adapted by LoRAs with random weights. cases.json lists the merges, and the sites in the order of PEFT's
modules; merged.safetensors has for each merge and site, as CASE/SITE, the change of the weight: scale * B @ A, [out, in].
"""

import json
import pathlib
import shutil

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

OUT = pathlib.Path(__file__).resolve().parent.parent
QV = ["query", "value"]
ADAPTERS = {
    "a": dict(r=4, lora_alpha=8, target_modules=QV),
    "b": dict(r=4, lora_alpha=6, target_modules=[*QV, "output.dense"]),
    "root": dict(r=4, lora_alpha=4, target_modules=QV, use_rslora=True),
    "narrow": dict(r=2, lora_alpha=2, target_modules=["value", "output.dense"]),
}
THREE = {"a": 0.7, "b": 0.5, "root": -0.25}
PRUNED = dict(density=0.6)
CASES = {
    "cat": (dict(combination_type="cat"), {"a": 0.7, "narrow": 0.4, "root": -0.5}),
    "linear": (dict(combination_type="linear"), THREE),
    "svd": (dict(combination_type="svd"), {"a": 0.7, "narrow": 0.4, "b": -0.5}),
    "svd_rank": (dict(combination_type="svd", svd_rank=3), {"a": 1.0, "b": 1.0, "root": 1.0}),
    "ties": (dict(combination_type="ties", **PRUNED), THREE),
    "ties_frequency": (dict(combination_type="ties", majority_sign_method="frequency", density=0.8), THREE),
    "ties_whole": (dict(combination_type="ties", density=1.0), THREE),
    "dare_linear": (dict(combination_type="dare_linear", **PRUNED), THREE),
    "dare_ties": (dict(combination_type="dare_ties", **PRUNED), THREE),
    "dare_ties_frequency": (dict(combination_type="dare_ties", majority_sign_method="frequency", density=0.3), THREE),
    "magnitude_prune": (dict(combination_type="magnitude_prune", **PRUNED), THREE),
    "magnitude_prune_little": (dict(combination_type="magnitude_prune", density=0.1), {"a": 1.0, "b": 1.0}),
}
SEED = 7  # of torch, before the first number is pruned: PEFT draws a start for the new adapter first, which it then overwrites


def seeded(merge):
    """merge, which is called for each module, with the seed set before the first call."""
    first = [True]

    def once(*args, **kwargs):
        if first:
            first.clear()
            torch.manual_seed(SEED)
        return merge(*args, **kwargs)

    return once


def base():
    torch.manual_seed(1)
    return BertModel(BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=8)).eval()


def main():
    for n, (name, args) in enumerate(ADAPTERS.items()):
        model = get_peft_model(base(), LoraConfig(**args))
        torch.manual_seed(100 + n)
        for key, p in model.named_parameters():
            if "lora_" in key:
                p.data.normal_(0, 0.3)
        shutil.rmtree(OUT / name, ignore_errors=True)
        model.save_pretrained(OUT / name)
        (OUT / name / "README.md").unlink()
        path = OUT / name / "adapter_config.json"
        config = json.loads(path.read_text())
        config["target_modules"].sort()
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")

    changes, cases, sites = {}, {}, {}
    for case, (args, weights) in CASES.items():
        first, *others = weights
        model = PeftModel.from_pretrained(base(), OUT / first, adapter_name=first)
        for name in others:
            model.load_adapter(OUT / name, adapter_name=name)
        lora = model.base_model
        lora._generalized_task_arithmetic_weighted_adapter = seeded(lora._generalized_task_arithmetic_weighted_adapter)
        lora.add_weighted_adapter(list(weights), list(weights.values()), "merged", **args)
        for key, m in model.base_model.model.named_modules():
            if isinstance(m, LoraLayer) and "merged" in m.lora_A:
                a, b = m.lora_A["merged"].weight.detach(), m.lora_B["merged"].weight.detach()
                sites[key] = [a.shape[1], b.shape[0]]
                changes[f"{case}/{key}"] = (m.scaling["merged"] * (b.double() @ a.double())).float().contiguous()
        cases[case] = {"options": args, "weights": weights}
    order = [k for k, _ in base().named_modules() if k in sites]
    listed = [{"path": k, "in": sites[k][0], "out": sites[k][1]} for k in order]
    (OUT / "cases.json").write_text(json.dumps({"seed": SEED, "sites": listed, "cases": cases}, indent=1) + "\n")
    save_file(changes, OUT / "merged.safetensors")


if __name__ == "__main__":
    main()
