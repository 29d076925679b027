"""Trains the small real query adapter `godoc` on the Go standard library, and writes its held-back test set.

    MODEL=<model folder> python train_godoc.py [--cache DIR]               # trains, writes ../adapters/godoc
    MODEL=<model folder> python train_godoc.py --transfer BEIR_FOLDER...   # what it does elsewhere (no training)

Task: from the first sentence of a doc comment to the function it describes (godocpairs makes the pairs).
Method: LoRA (r 4, alpha 8) on query and value of every layer, trained on the query side only against the
frozen base's document vectors, so no document is ever encoded anew; InfoNCE, temperature 0.05, with the other
documents of the batch and random stored document vectors as negatives; AdamW, linear warm-up and decay.
The step with the best MRR@10 on dev packages is kept.

Split: by family of packages (`family`), so no function of a held-back package, nor of its twin (bytes and strings,
text and html, x and internal/x), is ever trained on.

Writes ../adapters/godoc (PEFT layout and the card loradex.json) and ../godoc-heldback (a BEIR folder).
The pairs are source code of the Go standard library, BSD-3-Clause, The Go Authors: see ../LICENSE-go.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from sentence_transformers import SentenceTransformer
from transformers import AutoModel

HERE = pathlib.Path(__file__).resolve().parent
ADAPTER, HELDBACK = HERE.parent / "adapters" / "godoc", HERE.parent / "godoc-heldback"
BASE, BASE_NAME = os.environ["MODEL"], "sentence-transformers/all-MiniLM-L6-v2"
SEED, RANK, ALPHA = 0, 4, 8
TEMPERATURE, BATCH, STEPS, LR, EXTRA_NEGATIVES = 0.05, 40, 200, 1e-3, 512
QUERY_TOKENS, DOC_TOKENS = 40, 256  # documents at the model's own maximum: the space that the adapter searches
MAX_TRAIN, MAX_DEV, HELD_QUERIES, HELD_DOCS = 3200, 200, 300, 1000
TWINS = {"strings": "bytes", "html": "text", "syscall": "os", "unsafe": "runtime", "slices": "sort", "maps": "sort",
         "poll": "os", "filepathlite": "path", "xcoff": "debug", "reflectlite": "reflect", "fmtsort": "fmt", "chacha8rand": "math"}


def family(package):
    """The group of packages that must stay on one side of the split."""
    parts = [p for p in package.split("/") if p != "internal"] or ["internal"]
    return TWINS.get(parts[0], parts[0])


def split_of(package):
    fam = family(package)
    if fam == "runtime":  # a sixth of the library, and unlike the rest of it
        return "train"
    n = int(hashlib.sha256(fam.encode()).hexdigest(), 16) % 100
    return "test" if n < 28 else "dev" if n < 36 else "train"


def by_hash(rows):
    return sorted(rows, key=lambda r: hashlib.sha256(r["id"].encode()).digest())


def capped(rows, per_package):
    """Rows in hash order, at most per_package of one package."""
    seen, out = {}, []
    for r in by_hash(rows):
        seen[r["package"]] = seen.get(r["package"], 0) + 1
        if seen[r["package"]] <= per_package:
            out.append(r)
    return out


class Encoder:
    """The base with an optional query adapter: mean pooling, L2 norm, texts sorted by length."""

    def __init__(self):
        self.st = SentenceTransformer(BASE, device="cpu")
        self.tok = self.st.tokenizer

    def documents(self, texts, cache=None):
        key = hashlib.sha256(json.dumps([DOC_TOKENS, texts]).encode()).hexdigest()[:16]
        path = pathlib.Path(cache) / f"{key}.npy" if cache else None
        if path and path.exists():
            return np.load(path)
        self.st.max_seq_length = DOC_TOKENS
        vecs = self.st.encode(texts, batch_size=32, show_progress_bar=False)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, vecs)
        return vecs

    def forward(self, model, texts, tokens):
        enc = self.tok(texts, truncation=True, max_length=tokens, padding=True, return_tensors="pt")
        h = model(input_ids=enc["input_ids"], attention_mask=enc["attention_mask"]).last_hidden_state
        m = enc["attention_mask"].unsqueeze(-1)
        return torch.nn.functional.normalize((h * m).sum(1) / m.sum(1), dim=-1)

    @torch.no_grad()
    def queries(self, model, texts, tokens):
        model.eval()
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.zeros((len(texts), 384), np.float32)
        for i in range(0, len(order), 64):
            ids = order[i : i + 64]
            out[ids] = self.forward(model, [texts[j] for j in ids], tokens).numpy()
        return out


def reciprocal_ranks(q, d, relevant, k=10):
    """1/rank of the first relevant document within the first k; relevant[i] is a set of rows of d."""
    out = np.zeros(len(q))
    scores = q @ d.T
    for i, rel in enumerate(relevant):
        rank = 1 + int((scores[i] > scores[i, list(rel)].max()).sum())
        out[i] = 1 / rank if rank <= k else 0
    return out


def bootstrap(diff, rounds=10_000):
    """95 % percentile interval of the mean of paired differences."""
    rng = np.random.default_rng(SEED)
    means = diff[rng.integers(0, len(diff), (rounds, len(diff)))].mean(1)
    return tuple(np.percentile(means, [2.5, 97.5]))


def train(enc, pairs, doc_vecs, dev):
    """Returns the model at its best step by dev(), which scores the model as it is, and that step."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    model = get_peft_model(
        AutoModel.from_pretrained(BASE),
        LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=["query", "value"], lora_dropout=0.0, task_type="FEATURE_EXTRACTION"),
    )
    params = [p for p in model.parameters() if p.requires_grad]
    opt = torch.optim.AdamW(params, lr=LR, weight_decay=0.01)
    warm = STEPS // 10
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min((s + 1) / warm, (STEPS - s) / (STEPS - warm)))
    docs = torch.from_numpy(doc_vecs)
    best, best_step, best_state, order = -1.0, 0, None, []
    for step in range(1, STEPS + 1):
        if len(order) < BATCH:
            order = rng.sample(range(len(pairs)), len(pairs))
        rows, order = order[:BATCH], order[BATCH:]
        model.train()
        rows.sort(key=lambda i: len(pairs[i]["query"]))  # parts of like length: little padding
        q = torch.cat([
            enc.forward(model, [pairs[i]["query"] for i in rows[j : j + 10]], QUERY_TOKENS) for j in range(0, BATCH, 10)
        ])
        inside = set(rows)
        more = [i for i in rng.sample(range(len(pairs)), EXTRA_NEGATIVES) if i not in inside]
        logits = q @ docs[rows + more].T / TEMPERATURE
        loss = torch.nn.functional.cross_entropy(logits, torch.arange(len(rows)))
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        sched.step()
        if step % 40 == 0:
            score = dev(model)
            print(f"step {step} loss {loss.item():.3f} dev mrr@10 {score:.4f}", flush=True)
            if score > best:
                best, best_step = score, step
                best_state = {k: v.detach().clone() for k, v in model.state_dict().items() if "lora_" in k}
    model.load_state_dict(best_state, strict=False)
    return model, best_step


def save(model, card):
    shutil.rmtree(ADAPTER, ignore_errors=True)
    model.peft_config["default"].base_model_name_or_path = BASE_NAME
    model.save_pretrained(ADAPTER)
    (ADAPTER / "README.md").unlink()
    cfg = json.loads((ADAPTER / "adapter_config.json").read_text())
    cfg["target_modules"].sort()
    (ADAPTER / "adapter_config.json").write_text(json.dumps(cfg, indent=2, sort_keys=True) + "\n")
    (ADAPTER / "loradex.json").write_text(json.dumps(card, indent=2) + "\n")


def write_beir(queries, docs):
    (HELDBACK / "qrels").mkdir(parents=True, exist_ok=True)
    with open(HELDBACK / "corpus.jsonl", "w") as f:
        for r in docs:
            f.write(json.dumps({"_id": r["id"], "title": "", "text": r["code"]}, ensure_ascii=False) + "\n")
    with open(HELDBACK / "queries.jsonl", "w") as f:
        for r in queries:
            f.write(json.dumps({"_id": "q:" + r["id"], "text": r["query"]}, ensure_ascii=False) + "\n")
    with open(HELDBACK / "qrels" / "test.tsv", "w") as f:
        f.write("query-id\tcorpus-id\tscore\n" + "".join(f"q:{r['id']}\t{r['id']}\t1\n" for r in queries))


def read_beir(folder, split="test"):
    folder = pathlib.Path(folder)
    docs = [json.loads(line) for line in open(folder / "corpus.jsonl")]
    row = {d["_id"]: i for i, d in enumerate(docs)}
    texts = [((d.get("title") or "") + " " + d["text"]).strip() for d in docs]
    queries = {q["_id"]: q["text"] for q in map(json.loads, open(folder / "queries.jsonl"))}
    rel = {}
    for line in list(open(folder / "qrels" / f"{split}.tsv"))[1:]:
        q, d, score = line.rstrip("\n").split("\t")
        if float(score) > 0:
            rel.setdefault(q, set()).add(row[d])
    return texts, [queries[q] for q in rel], list(rel.values())


def compare(enc, name, model, texts, queries, relevant, cache):
    """Prints and returns MRR@10 of base and adapter, both with queries and documents cut at DOC_TOKENS."""
    d = enc.documents(texts, cache)
    base = AutoModel.from_pretrained(BASE).eval()
    before = reciprocal_ranks(enc.queries(base, queries, DOC_TOKENS), d, relevant)
    after = reciprocal_ranks(enc.queries(model, queries, DOC_TOKENS), d, relevant)
    lo, hi = bootstrap(after - before)
    print(f"{name}: {len(queries)} queries, {len(texts)} documents: MRR@10 base {before.mean():.4f} adapter {after.mean():.4f} "
          f"difference {np.mean(after - before):+.4f} [{lo:+.4f}, {hi:+.4f}]", flush=True)
    return before.mean(), after.mean(), lo, hi


def transfer(enc, folders, cache):
    """Scores the saved adapter on other data sets and notes the figures in its card."""
    model = PeftModel.from_pretrained(AutoModel.from_pretrained(BASE), ADAPTER).eval()
    card = json.loads((ADAPTER / "loradex.json").read_text())
    for folder in folders:
        name = pathlib.Path(folder).name
        before, after, _, _ = compare(enc, name, model, *read_beir(folder), cache)
        card["metrics"] |= {f"{name}.mrr@10.base": round(float(before), 4), f"{name}.mrr@10": round(float(after), 4)}
    (ADAPTER / "loradex.json").write_text(json.dumps(card, indent=2) + "\n")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--cache", help="folder for document vectors, so that a second run is fast")
    ap.add_argument("--transfer", nargs="+", metavar="FOLDER")
    args = ap.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    enc = Encoder()
    if args.transfer:
        return transfer(enc, args.transfer, args.cache)

    lines = subprocess.check_output(["go", "run", "."], cwd=HERE / "godocpairs", text=True).splitlines()
    rows = {"train": [], "dev": [], "test": []}
    for r in map(json.loads, lines):
        rows[split_of(r["package"])].append(r)
    pairs, dev = capped(rows["train"], 120)[:MAX_TRAIN], capped(rows["dev"], 40)[:MAX_DEV]
    held = capped([r for r in rows["test"] if len(r["code"]) <= 2000], 1000)
    asked = capped(held, 25)[:HELD_QUERIES]
    ids = {r["id"] for r in asked}
    pool = asked + [r for r in held if r["id"] not in ids][: HELD_DOCS - len(asked)]
    pool.sort(key=lambda r: r["id"])
    write_beir(asked, pool)
    for name, part in (("train", pairs), ("dev", dev), ("held-back", pool)):
        print(name, len(part), "functions of", sorted({family(r["package"]) for r in part}), flush=True)

    began = time.time()
    doc_vecs, dev_vecs = (enc.documents([r["code"] for r in part], args.cache) for part in (pairs, dev))
    dev_rel = [{i} for i in range(len(dev))]
    score = lambda m: reciprocal_ranks(enc.queries(m, [r["query"] for r in dev], DOC_TOKENS), dev_vecs, dev_rel).mean()
    print(f"documents encoded in {time.time() - began:.0f} s; dev mrr@10 of the base {score(AutoModel.from_pretrained(BASE)):.4f}", flush=True)
    began = time.time()
    model, kept = train(enc, pairs, doc_vecs, score)
    print(f"trained in {time.time() - began:.0f} s", flush=True)
    before, after, lo, hi = compare(enc, "held-back", model, *read_beir(HELDBACK), args.cache)
    save(model, {
        "name": "godoc",
        "description": "Questions in the words of a doc comment, answered by Go functions. Query side only: documents stay as the base encodes them.",
        "side": "query",
        "base_model": BASE_NAME,
        "languages": ["go"],
        "domain": "Go standard library",
        "data": "First sentences of doc comments and the functions they describe, Go standard library (BSD-3-Clause, The Go Authors), split by package family; "
                f"kept: step {kept} of {STEPS} (batches of {BATCH}), the best of {STEPS // 40} on dev packages",
        "pairs": len(pairs),
        "metrics": {
            "heldback.mrr@10.base": round(float(before), 4), "heldback.mrr@10": round(float(after), 4),
            "heldback.mrr@10.gain_lo": round(float(lo), 4), "heldback.mrr@10.gain_hi": round(float(hi), 4),
        },
        "command": "MODEL=<model folder> python testdata/gen/train_godoc.py",
        "licence": "Apache-2.0",
    })


if __name__ == "__main__":
    main()
