"""Gradients and a loss curve from torch and PEFT, for the tests of embed/train.

    python train_goldens.py

Writes ../../embed/train/testdata/CASE.json and CASE.safetensors for every case below, and curve.json with
curve.safetensors. The models are the tiny ones of embed/model/testdata/models, with eager attention and without
dropout, mean pooling and L2 norm.

CASE.json has what goes in: `model`, `loss_kind`, `temperature`, `margin`, `dims`, `targets`, `method`, `rank`, `alpha`,
`scale` (α/r, or α/√r for rsLoRA), `query_ids`, `query_mask`, `doc_ids`, `doc_mask` (padded on the right); and what comes
out: `loss`, `zero` (tensors whose gradient is zero by mathematics, such as that of a key's bias, which the softmax
cancels: compare these with an absolute bound) and `noise` (torch's own fp32 against fp64: the largest over the other
tensors of max|a−b| / max|b|).
CASE.safetensors has `leaf.MODULE.A` [r, in], `leaf.MODULE.B` [out, r], `leaf.MODULE.M` [out] (DoRA), the same names
with `grad.` for the gradients, or, in the full cases, `grad.WEIGHT` alone; and `vec.query` and `vec.doc`, the normalised
vectors. Everything is computed in fp64 from fp32 leaves and then rounded to fp32.

Losses, with q and d the normalised vectors, S = q·dᵀ/τ, and document i the positive of query i:
    infonce       mean_i −log softmax_j(S)[i, i] over all documents
    infonce_both  half of infonce, and half of the same from document i to the queries (as many documents as queries)
    triplet       mean_i max(0, margin + q_i·n_i − q_i·d_i), with n the second half of the documents
    cosine        mean_i (q_i·d_i − target_i)²
    mrl           the mean of infonce over the prefix lengths `dims`, each prefix normalised again

PEFT's DoRA takes the norm of W + s·B·A as a constant in the backward pass (section 4.3 of arXiv 2402.09353).

curve.json: 100 steps of PEFT's LoRA in fp32 from PEFT's own start; see its `schedule`, `losses`, `grad_norms`
(before clipping). curve.safetensors: `leaf.…` at the start and `final.…` at the end.
"""

import copy
import json
import math
import pathlib
import re

import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import BertModel, RobertaModel, logging

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "embed" / "model" / "testdata" / "models"
OUT = HERE.parent.parent / "embed" / "train" / "testdata"

# folder, class, [opening, closing, padding] ids, and the first id that is an ordinary token
BASES = {
    "bert": ("bert-sharded", BertModel, (2, 3, 0), 5),
    "roberta": ("roberta", RobertaModel, (0, 2, 1), 5),
}
QV = r".*attention\.self\.(query|value)"
ALL = r".*encoder\.layer\.\d+\.(attention\.self\.(query|key|value)|(attention\.output|intermediate|output)\.dense)"
TEMPERATURE, MARGIN, DIMS, TARGETS = 0.05, 0.2, [16, 8, 4], [0.1, 0.3, 0.5, 0.7, 0.9]

CASES = {
    "bert_lora_qv": dict(base="bert", peft=dict(r=4, lora_alpha=8, target_modules=QV)),
    "bert_lora_all": dict(base="bert", peft=dict(r=3, lora_alpha=6, target_modules=ALL)),
    "bert_rslora_qv": dict(base="bert", peft=dict(r=4, lora_alpha=8, target_modules=QV, use_rslora=True)),
    "bert_dora_qv": dict(base="bert", peft=dict(r=4, lora_alpha=8, target_modules=QV, use_dora=True)),
    "bert_dora_all": dict(base="bert", peft=dict(r=3, lora_alpha=6, target_modules=ALL, use_dora=True)),
    "bert_full": dict(base="bert"),
    "bert_lora_qv_both": dict(base="bert", peft=dict(r=4, lora_alpha=8, target_modules=QV), loss="infonce_both"),
    "bert_triplet": dict(base="bert", peft=dict(r=4, lora_alpha=8, target_modules=QV), loss="triplet", docs=10),
    "bert_cosine": dict(base="bert", peft=dict(r=4, lora_alpha=8, target_modules=QV), loss="cosine", docs=5),
    "bert_mrl": dict(base="bert", peft=dict(r=4, lora_alpha=8, target_modules=QV), loss="mrl"),
    "roberta_lora_qv": dict(base="roberta", peft=dict(r=4, lora_alpha=8, target_modules=QV)),
    "roberta_lora_all": dict(base="roberta", peft=dict(r=3, lora_alpha=6, target_modules=ALL)),
    "roberta_full": dict(base="roberta"),
}


def load(base):
    """The encoder as HF builds it, every weight of the folder in its place."""
    folder, cls, _, _ = BASES[base]
    model, info = cls.from_pretrained(
        MODELS / folder, add_pooling_layer=False, attn_implementation="eager", dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"] and not info["mismatched_keys"], info
    return model.eval()


def rows(base, lengths, gen):
    """Random rows of the given lengths, special tokens included, padded on the right: (ids, mask)."""
    _, cls, (first, last, pad), low = BASES[base]
    vocab = load(base).config.vocab_size
    ids = torch.full((len(lengths), max(lengths)), pad)
    mask = torch.zeros_like(ids)
    for i, n in enumerate(lengths):
        ids[i, :n] = torch.cat([torch.tensor([first]), torch.randint(low, vocab, (n - 2,), generator=gen), torch.tensor([last])])
        mask[i, :n] = 1
    return ids, mask


def spread(n, low, high, gen):
    """n lengths from low to high, both ends among them."""
    return [low, high] + torch.randint(low, high + 1, (n - 2,), generator=gen).tolist()


def encode(model, ids, mask):
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    m = mask.unsqueeze(-1).to(hidden.dtype)
    return F.normalize((hidden * m).sum(1) / m.sum(1), dim=-1)


def infonce(q, d):
    return F.cross_entropy(q @ d.T / TEMPERATURE, torch.arange(len(q)))


def loss_of(kind, q, d):
    n = len(q)
    if kind == "infonce":
        return infonce(q, d)
    if kind == "infonce_both":
        return (infonce(q, d) + infonce(d[:n], q)) / 2
    if kind == "triplet":
        return torch.relu(MARGIN + (q * d[n:]).sum(1) - (q * d[:n]).sum(1)).mean()
    if kind == "cosine":
        return (((q * d).sum(1) - torch.tensor(TARGETS, dtype=q.dtype)) ** 2).mean()
    if kind == "mrl":
        return sum(infonce(F.normalize(q[:, :k], dim=-1), F.normalize(d[:, :k], dim=-1)) for k in DIMS) / len(DIMS)
    raise ValueError(kind)


def leaf_name(name):
    """PEFT's parameter name as MODULE.A, MODULE.B or MODULE.M; another parameter's own name."""
    m = re.fullmatch(r"base_model\.model\.(.+)\.lora_(A|B|magnitude_vector)\.default(?:\.weight)?", name)
    return f"{m[1]}.{'M' if m[2] == 'magnitude_vector' else m[2]}" if m else name


def leaves(model):
    return {leaf_name(n): p for n, p in model.named_parameters() if p.requires_grad}


def build(case, gen):
    """The model of a case with random leaves. Magnitudes are off the norms by up to a fifth."""
    model = load(case["base"])
    if "peft" not in case:
        return model
    model = get_peft_model(model, LoraConfig(lora_dropout=0.0, **case["peft"])).eval()
    with torch.no_grad():
        for name, p in leaves(model).items():
            if name.endswith(".M"):  # PEFT's start is the norm of W, since B is zero then
                p.mul_(0.8 + 0.4 * torch.rand(p.shape, generator=gen))
            else:
                p.copy_(0.1 * torch.randn(p.shape, generator=gen))
    return model


def gradients(model, kind, batch):
    """loss, {leaf: gradient} and the vectors of queries and documents."""
    model.zero_grad(set_to_none=True)
    q, d = encode(model, *batch[:2]), encode(model, *batch[2:])
    loss = loss_of(kind, q, d)
    loss.backward()
    return loss.item(), {n: p.grad.clone() for n, p in leaves(model).items()}, q.detach(), d.detach()


def relative(a, b):
    return ((a.double() - b.double()).abs().max() / b.double().abs().max()).item()


def write(name, obj, tensors):
    """JSON with one key a line, and the tensors in fp32."""
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in obj.items()]
    (OUT / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    save_file({k: v.detach().float().contiguous() for k, v in sorted(tensors.items())}, OUT / f"{name}.safetensors")


def golden(name, case):
    gen = torch.Generator().manual_seed(12)  # the same rows in every case of a model with as many documents
    base, kind, docs = case["base"], case.get("loss", "infonce"), case.get("docs", 7)
    batch = rows(base, spread(5, 3, 9, gen), gen) + rows(base, spread(docs, 4, 14, gen), gen)
    gen.manual_seed(sum(ord(c) * (i + 1) for i, c in enumerate(name)))
    model = build(case, gen)
    exact = copy.deepcopy(model).double()
    loss32, grads32, _, _ = gradients(model, kind, batch)
    loss, grads, q, d = gradients(exact, kind, batch)
    assert all(g.dtype == torch.float64 for g in grads.values()) and q.dtype == torch.float64

    largest = max(g.abs().max().item() for g in grads.values())
    zero = sorted(n for n, g in grads.items() if g.abs().max().item() < 1e-12 * largest)
    noise = max(relative(grads32[n], g) for n, g in grads.items() if n not in zero)
    floor = max([grads32[n].abs().max().item() for n in zero], default=0.0)
    print(f"{name:18s} loss {loss:.6f} (fp32 {loss32 - loss:+.1e})  {len(grads)} gradients up to {largest:.3g}, smallest tensor "
          f"{min(g.abs().max().item() for n, g in grads.items() if n not in zero):.1e}  noise {noise:.1e}  {len(zero)} zero (fp32 {floor:.1e})")
    if kind == "triplet":  # some rows on the flat side of the hinge, none near its corner
        hinge = MARGIN + (q * d[5:]).sum(1) - (q * d[:5]).sum(1)
        assert (hinge < 0).any() and (hinge > 0).any() and hinge.abs().min() > 0.01, hinge
    assert noise < 1e-4, name  # else the tests' bound of 1e-4 would be luck

    args = case.get("peft", {})
    rank, alpha = args.get("r", 0), args.get("lora_alpha", 0)
    scale = 0 if not rank else alpha / (math.sqrt(rank) if args.get("use_rslora") else rank)
    obj = {
        "model": BASES[base][0], "loss_kind": kind,
        "method": "full" if not rank else "dora" if args.get("use_dora") else "rslora" if args.get("use_rslora") else "lora",
        "temperature": TEMPERATURE if kind in ("infonce", "infonce_both", "mrl") else 0, "margin": MARGIN if kind == "triplet" else 0,
        "dims": DIMS if kind == "mrl" else [], "targets": TARGETS if kind == "cosine" else [],
        "rank": rank, "alpha": alpha, "scale": scale,
        **dict(zip(("query_ids", "query_mask", "doc_ids", "doc_mask"), (t.tolist() for t in batch))),
        "loss": loss, "zero": zero, "noise": float(f"{noise:.1e}"),
    }
    tensors = {f"grad.{n}": g for n, g in grads.items()} | {"vec.query": q, "vec.doc": d}
    if rank:
        tensors |= {f"leaf.{n}": p for n, p in leaves(model).items()}
    write(name, obj, tensors)


LR, STEPS, WARM, CLIP = 5e-3, 100, 10, 1.0


def lr_at(t):
    return LR * min((t + 1) / WARM, (STEPS - t) / (STEPS - WARM))


def descend(model, batches, lr=LR):
    """The loss and the gradient norm before clipping of every step; model is trained in place."""
    params = list(leaves(model).values())
    opt = torch.optim.AdamW(params, lr=lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses, norms = [], []
    for t in range(STEPS):
        for group in opt.param_groups:
            group["lr"] = lr_at(t)
        batch = batches[t % len(batches)]
        opt.zero_grad()
        loss = infonce(encode(model, *batch[:2]), encode(model, *batch[2:]))
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(params, CLIP).item())
        opt.step()
        losses.append(loss.item())
    return losses, norms


def curve():
    gen = torch.Generator().manual_seed(4)  # one whose gradient falls below the clip at times
    batches = [rows("bert", spread(6, 3, 9, gen), gen) + rows("bert", spread(6, 4, 14, gen), gen) for _ in range(4)]
    torch.manual_seed(0)  # PEFT draws A from the global generator
    model = get_peft_model(load("bert"), LoraConfig(r=4, lora_alpha=8, target_modules=QV, lora_dropout=0.0)).eval()
    tensors = {f"leaf.{n}": p.detach().clone() for n, p in leaves(model).items()}
    exact = copy.deepcopy(model).double()
    losses, norms = descend(model, batches)
    losses64, _ = descend(exact, batches)
    off = max(abs(a - b) for a, b in zip(losses, losses64))
    final = max(relative(p, leaves(exact)[n]) for n, p in leaves(model).items())
    clipped = sum(n > CLIP for n in norms)
    print(f"curve: loss {losses[0]:.3f} .. {losses[-1]:.4f}; gradient norm {min(norms):.3g} .. {max(norms):.3g}, {clipped} steps clipped; "
          f"fp32 off fp64 by {off:.1e} (losses) and {final:.1e} (final leaves, relative)")
    assert 0 < clipped < STEPS
    tensors |= {f"final.{n}": p for n, p in leaves(model).items()}
    write("curve", {
        "model": BASES["bert"][0], "loss_kind": "infonce", "temperature": TEMPERATURE, "method": "lora", "rank": 4, "alpha": 8, "scale": 2.0,
        "steps": STEPS, "lr": LR, "warmup": WARM, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01, "clip": CLIP,
        "schedule": "step t counts from 0 and takes batch t mod 4; its learning rate is lr * min((t + 1) / 10, (100 - t) / 90); weight decay "
                    "multiplies every leaf by 1 - rate * weight_decay before the Adam step; gradients are multiplied by "
                    "min(1, clip / (norm + 1e-6)), with the norm over all leaves together",
        "batches": [dict(zip(("query_ids", "query_mask", "doc_ids", "doc_mask"), (t.tolist() for t in b))) for b in batches],
        "losses": losses, "grad_norms": norms, "fp64_off": float(f"{off:.1e}"),
    }, tensors)


def main():
    torch.set_num_threads(1)  # tiny products: one thread is fastest, and the order of sums is fixed
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    OUT.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        golden(name, case)
    curve()


if __name__ == "__main__":
    main()
