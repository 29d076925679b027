"""PEFT on torch as a peer for the training benchmarks: contrastive training of LoRA adapters.

    python peer_train.py MODEL_FOLDER [--threads 2] [--sites qv|all] [--rank 16] [--alpha 32] [--layers 3,4,5]
                         [--lr 0.001] [--temperature 0.05] [--dropout 0] [--model-dropout]

Commands (see protocol.py):
    step B SQ SD             one training step on B queries of SQ tokens and B documents of SD tokens, random ids
    run FILE STEPS B SQ SD   a fresh adapter trained for STEPS steps of B pairs on the lines {"query","document"} of a
                             JSONL file, both sides cut at SQ and SD tokens; tokenisation is in the seconds
    rss                      the most memory that this process ever had resident, in bytes, and that after loading

A step is what a user of PEFT would write: two forward passes in fp32, mean pooling and L2 norm, cross-entropy over the
batch's own documents, backward, clipping at a norm of 1.0, AdamW (decay 0.01) at a constant rate. Adapters sit on query
and value (`qv`) or on all six linear layers of a block (`all`), in every layer or in the --layers (counted from 0);
torch walks back no further than the lowest of them. The model's own dropout is off without --model-dropout; --dropout
is that of the adapters' inputs. `run` pads to the longest of a batch and goes through the file in a seeded random
order, anew in every epoch. Its `tokens` counts special tokens, but not padding. `step` trains on with one adapter.
"""

import argparse
import json
import random
import resource
import sys
import time

import protocol

protocol.set_threads_early(sys.argv)

SITES = {
    "qv": r"attention\.self\.(query|value)",
    "all": r"(attention\.self\.(query|key|value)|(attention\.output|intermediate|output)\.dense)",
}


def peak_bytes():
    """The process's peak. getrusage starts at the parent's size on Linux, so the kernel's own mark comes first."""
    try:
        with open("/proc/self/status") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("model")
    ap.add_argument("--sites", choices=sorted(SITES), default="qv")
    ap.add_argument("--layers", default="", help="layers that get adapters, counted from 0; all of them by default")
    for flag, default in (("threads", 2), ("rank", 16), ("alpha", 32), ("lr", 1e-3), ("temperature", 0.05), ("dropout", 0.0)):
        ap.add_argument("--" + flag, type=type(default), default=default)
    ap.add_argument("--model-dropout", action="store_true", help="keep the dropout that the model's configuration asks for")
    args = ap.parse_args()
    answers = protocol.own_stdout()
    began = time.perf_counter()
    import peft
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    off = {} if args.model_dropout else {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    base = transformers.AutoModel.from_pretrained(args.model, dtype=torch.float32, **off)
    tok = transformers.AutoTokenizer.from_pretrained(args.model)
    layers = "|".join(args.layers.split(",")) if args.layers else r"\d+"
    model = peft.get_peft_model(base, peft.LoraConfig(
        r=args.rank, lora_alpha=args.alpha, lora_dropout=args.dropout, target_modules=rf".*encoder\.layer\.({layers})\.{SITES[args.sites]}"
    )).train()
    params = [p for p in model.parameters() if p.requires_grad]
    start = [p.detach().clone() for p in params]

    def optimizer():
        return torch.optim.AdamW(params, lr=args.lr, weight_decay=0.01)

    def encode(ids, mask):
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        m = mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * m).sum(1) / m.sum(1), dim=-1)

    def train_step(opt, queries, documents):
        opt.zero_grad(set_to_none=True)
        q, d = encode(*queries), encode(*documents)
        loss = torch.nn.functional.cross_entropy(q @ d.T / args.temperature, torch.arange(len(q)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        return loss.item()

    gen, vocab = torch.Generator().manual_seed(1), base.config.vocab_size
    lasting = optimizer()  # of `step`

    def step(b, sq, sd):
        b, sq, sd = int(b), int(sq), int(sd)
        batch = []
        for s in (sq, sd):
            ids = torch.randint(min(1000, vocab // 2), vocab - 1, (b, s), generator=gen)  # no special tokens, of BERT's or RoBERTa's
            batch.append((ids, torch.ones_like(ids)))
        at = time.perf_counter()
        loss = train_step(lasting, *batch)
        return {"seconds": time.perf_counter() - at, "loss": loss, "rows": 2 * b, "tokens": b * (sq + sd)}

    def tokens_of(texts, limit):
        enc = tok(texts, truncation=True, max_length=limit, padding=True, return_tensors="pt")
        return enc["input_ids"], enc["attention_mask"]

    def run(file, steps, b, sq, sd):
        steps, b, sq, sd = int(steps), int(b), int(sq), int(sd)
        with open(file, encoding="utf-8") as f:
            pairs = [(r["query"], r["document"]) for r in map(json.loads, f)]
        if len(pairs) < b:
            raise ValueError(f"{file}: {len(pairs)} pairs, fewer than a batch of {b}")
        with torch.no_grad():
            for p, first in zip(params, start):
                p.copy_(first)
        opt, rng, order = optimizer(), random.Random(0), []
        losses, tokens, padded = [], 0, 0
        at = time.perf_counter()
        for _ in range(steps):
            if len(order) < b:
                order = rng.sample(range(len(pairs)), len(pairs))
            rows, order = [pairs[i] for i in order[:b]], order[b:]
            queries, documents = tokens_of([q for q, _ in rows], sq), tokens_of([d for _, d in rows], sd)
            losses.append(train_step(opt, queries, documents))
            tokens += int(queries[1].sum() + documents[1].sum())
            padded += queries[1].numel() + documents[1].numel()
        seconds = time.perf_counter() - at
        tail = losses[-max(1, steps // 10):]
        return {
            "seconds": seconds, "steps": steps, "rows": 2 * b * steps, "tokens": tokens, "padded_tokens": padded, "pairs": len(pairs),
            "loss_first": losses[0], "loss_last_tenth": sum(tail) / len(tail),
        }

    loaded = peak_bytes()
    ready = {
        "peer": "peft-train", "threads": torch.get_num_threads(), "sites": args.sites, "rank": args.rank, "alpha": args.alpha,
        "dropout": args.dropout, "model_dropout": args.model_dropout, "trainable": sum(p.numel() for p in params),
        "attention": base.config._attn_implementation, "load_seconds": time.perf_counter() - began,
        "versions": {m.__name__: m.__version__ for m in (peft, transformers, torch)},
    }
    commands = {"step": step, "run": run, "rss": lambda: {"peak_bytes": peak_bytes(), "loaded_bytes": loaded}}
    protocol.serve(answers, ready, commands)


if __name__ == "__main__":
    main()
