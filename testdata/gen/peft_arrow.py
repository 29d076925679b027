"""Three LoRAs and the vectors that PEFT's Arrow router gives with them.

    MODEL=<model folder> python peft_arrow.py        # needs peft >= 0.21; into ../adapters

The adapters arrow_a, arrow_b and arrow_c are made and saved by PEFT, their B filled from a seed. The golden vectors come from
PEFT's own Arrow layer over the adapters as PEFT loads them back, with mean pooling and L2 norm, in fp32 on the CPU, one text at a
time. PEFT finds the first right singular vector by 15 steps of power iteration from a random start, which is not exact where the
first two singular values are close; here it takes 20,000 steps.

Writes golden-arrow.safetensors: one tensor [12, dimensions] per mix, for the first 12 texts of ../parity/texts.json, and `none`.
"""

import functools
import json
import os
import pathlib

import torch
from peft import ArrowConfig, LoraConfig, create_arrow_model, get_peft_model
from peft.tuners.lora import LoraLayer
from peft.tuners.lora.arrow import ArrowLoraLinearLayer
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "adapters"
BASE = os.environ["MODEL"]
NAMES = ["arrow_a", "arrow_b", "arrow_c"]
MIXES = {"arrow(arrow_a,arrow_b,arrow_c)": (2, 1.0), "arrow(arrow_a,arrow_b,arrow_c;k=1)": (1, 1.0), "arrow(arrow_a,arrow_b,arrow_c;k=3,t=0.25)": (3, 0.25)}

exact = ArrowLoraLinearLayer.top_right_singular_vec_from_BA
ArrowLoraLinearLayer.top_right_singular_vec_from_BA = functools.partialmethod(exact, iters=20_000)


def make(name, seed):
    torch.manual_seed(seed)
    config = LoraConfig(r=2, lora_alpha=4, target_modules=["query", "value"], task_type="FEATURE_EXTRACTION")
    model = get_peft_model(AutoModel.from_pretrained(BASE), config)
    for module in model.modules():
        if isinstance(module, LoraLayer):
            torch.nn.init.normal_(module.lora_B["default"].weight, std=0.1)
    model.peft_config["default"].base_model_name_or_path = "sentence-transformers/all-MiniLM-L6-v2"
    model.save_pretrained(OUT / name)
    (OUT / name / "README.md").unlink(missing_ok=True)


def encode(model, tokenizer, texts):
    rows = []
    for text in texts:
        batch = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
        with torch.no_grad():
            states = model(**batch).last_hidden_state[0]
        rows.append(torch.nn.functional.normalize(states.mean(0), dim=0))
    return torch.stack(rows)


def main():
    for seed, name in enumerate(NAMES):
        make(name, seed + 1)
    texts = json.loads((HERE.parent / "parity" / "texts.json").read_text())[:12]
    texts = [t if isinstance(t, str) else t["text"] for t in texts]
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    golden = {"none": encode(AutoModel.from_pretrained(BASE).eval(), tokenizer, texts)}
    for mix, (k, temperature) in MIXES.items():
        config = ArrowConfig(top_k=k, router_temperature=temperature, rng_seed=1)
        model = create_arrow_model(base_model=AutoModel.from_pretrained(BASE), task_specific_adapter_paths=[str(OUT / n) for n in NAMES], arrow_config=config)
        golden[mix] = encode(model.eval(), tokenizer, texts)
        print(mix, "moves by", (golden[mix] - golden["none"]).abs().max().item())
    save_file({k: v.contiguous() for k, v in golden.items()}, OUT / "golden-arrow.safetensors")


if __name__ == "__main__":
    main()
