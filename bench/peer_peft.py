"""PEFT on torch, and the machine's own matrix-product peak, as a peer for `loradex bench adapters`.

    python peer_peft.py MODEL_FOLDER [--threads 2] [--rows 32] [--tokens 64] [--rank 16] [--adapters 32]

Commands (see protocol.py):
    run CASE [N]   one batch of rows × tokens, N times (default 1); `seconds` is the median of the N
    gemm [N]       GFLOP/s of torch.mm and numpy in fp32, best of N (default 5) for each of three shapes

Cases:
    plain          the model without PEFT
    one-qv         one adapter on query and value
    mixed-qv       a different adapter for every row (adapter_names), query and value
    one-all        one adapter on all six linear layers of every block
    mixed-all      a different adapter for every row, all six linear layers

A run is one forward pass with mean pooling and L2 norm over a full mask, fp32, in torch.inference_mode. The models are
built at their first use: ask for each case once before timing. With fewer adapters than rows they repeat.
"""

import argparse
import statistics
import sys
import time

import protocol

protocol.set_threads_early(sys.argv)

SITES = {
    "qv": r".*encoder\.layer\.\d+\.attention\.self\.(query|value)",
    "all": r".*encoder\.layer\.\d+\.(attention\.self\.(query|key|value)|(attention\.output|intermediate|output)\.dense)",
}
SHAPES = [(2048, 384, 384), (2048, 384, 1536), (2048, 2048, 2048)]  # the encoder's two, and a large square


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("model")
    for flag, default in (("threads", 2), ("rows", 32), ("tokens", 64), ("rank", 16), ("adapters", 32)):
        ap.add_argument("--" + flag, type=int, default=default)
    args = ap.parse_args()
    answers = protocol.own_stdout()
    began = time.perf_counter()
    import numpy as np
    import peft
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    base = transformers.AutoModel.from_pretrained(args.model).eval()
    ids = torch.randint(1000, base.config.vocab_size, (args.rows, args.tokens))
    mask = torch.ones_like(ids)
    models = {}  # "qv" or "all" -> a PEFT model with all adapters loaded

    def with_adapters(sites):
        if sites not in models:
            cfg = peft.LoraConfig(r=args.rank, lora_alpha=args.rank, target_modules=SITES[sites], init_lora_weights=False)
            model = peft.get_peft_model(transformers.AutoModel.from_pretrained(args.model), cfg, adapter_name="a0")
            for i in range(1, args.adapters):
                model.add_adapter(f"a{i}", cfg)
            model.set_adapter("a0")
            models[sites] = model.eval()
        return models[sites]

    def once(model, **names):
        start = time.perf_counter()
        with torch.inference_mode():
            h = model(input_ids=ids, attention_mask=mask, **names).last_hidden_state
            m = mask.unsqueeze(-1)
            torch.nn.functional.normalize((h * m).sum(1) / m.sum(1), dim=-1).numpy()
        return time.perf_counter() - start

    def run(case, n="1"):
        kind, _, sites = case.partition("-")
        if case == "plain":
            model, names = base, {}
        elif kind in ("one", "mixed") and sites in SITES:
            model = with_adapters(sites)
            names = {"adapter_names": [f"a{i % args.adapters}" for i in range(args.rows)]} if kind == "mixed" else {}
        else:
            raise ValueError(f"unknown case {case}; known: plain one-qv mixed-qv one-all mixed-all")
        times = [once(model, **names) for _ in range(int(n))]
        return {"case": case, "seconds": statistics.median(times), "rows": args.rows, "tokens": args.rows * args.tokens, "runs": len(times)}

    def gemm(n="5"):
        out = {}
        for m, k, c in SHAPES:
            a, b = torch.randn(m, k), torch.randn(k, c)
            for name, x, y, mul in (("torch", a, b, torch.mm), ("numpy", a.numpy(), b.numpy(), np.matmul)):
                mul(x, y)  # warm up
                reps = max(1, int(4e9 / (2 * m * k * c)))
                best = float("inf")
                for _ in range(int(n)):
                    start = time.perf_counter()
                    for _ in range(reps):
                        mul(x, y)
                    best = min(best, (time.perf_counter() - start) / reps)
                out[f"{name}_{m}x{k}x{c}"] = round(2 * m * k * c / best / 1e9, 1)
        return {"gflops": out, "peak_gflops": max(out.values())}

    once(base)
    ready = {
        "peer": "peft", "threads": torch.get_num_threads(), "rows": args.rows, "tokens": args.tokens, "rank": args.rank,
        "adapters": args.adapters, "load_seconds": time.perf_counter() - began,
        "versions": {m.__name__: m.__version__ for m in (peft, transformers, torch, np)},
    }
    protocol.serve(answers, ready, {"run": run, "gemm": gemm})


if __name__ == "__main__":
    main()
