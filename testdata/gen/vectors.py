"""What the scripts that make golden vectors of adapters share: texts, pooling, and the check that a golden proves something."""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).resolve().parent


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


def goldens(base, load, mixes, golden, path, rows):
    """Adds the vectors that load(mix) gives the first rows of ../parity/texts.json to golden, checks them, and saves it."""
    texts = json.loads((HERE.parent / "parity" / "texts.json").read_text())[:rows]
    tok = AutoTokenizer.from_pretrained(base)
    if "none" not in golden:
        golden["none"] = encode(load({}), tok, texts)
    plain = golden["none"]
    for mix in mixes:
        model = load(mix)
        v = encode(model, tok, texts)
        exact = encode(model, tok, texts[:4], torch.float64)
        move, err = (v - plain).abs().amax(1), (v[:4] - exact).abs().max().item()
        print(f"{spell(mix):48s} move {move.min():.3f}..{move.max():.3f}  fp32-fp64 {err:.1e}", flush=True)
        assert move.min() >= 1e-2 and err <= 1e-6, mix
        golden[spell(mix)] = v
    save_file({k: v.contiguous() for k, v in golden.items()}, path)
