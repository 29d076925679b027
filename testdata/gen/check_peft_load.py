"""The vectors that PEFT gives with an adapter that Loradex trained and saved.

    python check_peft_load.py MODEL_FOLDER ADAPTER_FOLDER TEXTS.json OUT.safetensors [--max-tokens 256] [--against FILE]

TEXTS.json is a JSON array; an item is a text, or a row of token ids (special tokens included), which needs no tokenizer.
OUT.safetensors gets `vectors` [rows, dimensions] with the adapter and `base` without it, mean-pooled and L2-normalised
in fp32 on the CPU, one row at a time, cut at the given number of tokens; and `exact`, the same as `vectors` from fp64.
With --against, `vectors` of that file (what Loradex gives) is compared, and more than 1e-5 apart is a failure.

It fails as well when PEFT leaves out a tensor of the adapter or misses one, when the vectors are not finite, or when the
adapter changes nothing.
"""

import argparse
import json
import sys

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file


def load(folder, adapter):
    """The model with the adapter as PEFT reads it; every tensor of the file must have found its place."""
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32)
    model = peft.get_peft_model(model, peft.PeftConfig.from_pretrained(adapter), adapter_name="fresh")
    result = model.load_adapter(adapter, adapter_name="saved")
    missing = [k for k in result.missing_keys if ".saved" in k]  # the model's own weights are not in the file
    if missing or result.unexpected_keys:
        sys.exit(f"{adapter}: PEFT misses {missing} and does not know {result.unexpected_keys}")
    model.set_adapter("saved")
    return model.eval()


@torch.no_grad()
def encode(model, rows, dtype=torch.float32):
    model = model.to(dtype)
    out = []
    for ids in rows:
        v = model(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0)
        out.append(v / v.norm())
    return torch.stack(out)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "adapter", "texts", "out"):
        ap.add_argument(name)
    ap.add_argument("--max-tokens", type=int, default=256)
    ap.add_argument("--against", help="a safetensors file with `vectors`")
    args = ap.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with open(args.texts, encoding="utf-8") as f:
        rows = json.load(f)
    if any(isinstance(r, str) for r in rows):
        tok = transformers.AutoTokenizer.from_pretrained(args.model)
        rows = [tok(r, truncation=True, max_length=args.max_tokens)["input_ids"] if isinstance(r, str) else r for r in rows]

    model = load(args.model, args.adapter)
    vectors = encode(model, rows)
    with model.disable_adapter():
        base = encode(model, rows)
    exact = encode(model, rows, torch.float64).float()
    move, noise = (vectors - base).abs().amax(1), (vectors - exact).abs().max().item()
    print(f"{len(rows)} rows, {sum(map(len, rows))} tokens; the adapter moves them by {move.min():.2e}..{move.max():.2e}; fp32-fp64 {noise:.1e}")
    if not torch.isfinite(vectors).all() or move.max() < 1e-4:
        sys.exit(f"{args.adapter}: vectors that are not finite, or not changed by the adapter")
    versions = {m.__name__: m.__version__.split("+")[0] for m in (peft, transformers, torch)}
    save_file({"vectors": vectors, "base": base, "exact": exact}, args.out, metadata={"versions": json.dumps(versions)})
    if args.against:
        ours = load_file(args.against)["vectors"]
        if ours.shape != vectors.shape:
            sys.exit(f"{args.against}: shape {list(ours.shape)}, want {list(vectors.shape)}")
        diff = (ours - vectors).abs().amax(1)
        print(f"against {args.against}: largest difference {diff.max():.2e}, in row {diff.argmax()}")
        if not diff.max() <= 1e-5:
            sys.exit("more than 1e-5 apart")


if __name__ == "__main__":
    main()
