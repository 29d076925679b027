"""Makes ../ranx.json: random judged runs without ties, measured by ranx.

    pip install ranx==0.3.21
    python ranx_goldens.py

Runs have no ties, because ranx leaves their order to its sort. Every query has something relevant: ranx does not define
its values otherwise. bpref is left out, as ranx counts unjudged documents as judged not relevant there.
"""

import json
import pathlib
import random

from ranx import Qrels, Run, evaluate

MEASURES = {
    "mrr": "mrr", "mrr@10": "mrr@10", "ndcg": "ndcg", "ndcg@10": "ndcg@10", "recall@10": "recall@10",
    "precision@10": "precision@10", "hit@10": "hit_rate@10", "map": "map", "map@10": "map@10", "rprec": "r-precision",
    "rbp.50": "rbp.50", "rbp.80": "rbp.80", "rbp.95": "rbp.95",
}


def main():
    rng = random.Random(11)
    docs = [f"d{i}" for i in range(60)]
    qrels, run = {}, {}
    for i in range(30):
        q = f"q{i:02}"
        judged = rng.sample(docs, rng.randint(2, 20))
        qrels[q] = {d: rng.choice([0, 1, 1, 2, 3]) for d in judged}
        qrels[q][judged[0]] = 1 + i % 3
        ranked = rng.sample(docs, rng.randint(5, 60))
        run[q] = {d: float(len(ranked) - r) for r, d in enumerate(ranked)}
    scored = Run(run)
    relevant = {q: {d: g for d, g in judged.items() if g > 0} for q, judged in qrels.items()}
    # ranx multiplies the gain of rbp by the grade, whatever the largest is; the paper's is binary.
    binary = {q: dict.fromkeys(judged, 1) for q, judged in relevant.items()}
    evaluate(Qrels(relevant), scored, [m for m in MEASURES.values() if not m.startswith("rbp")])
    evaluate(Qrels(binary), scored, [m for m in MEASURES.values() if m.startswith("rbp")])
    cases = [
        {"query": q, "qrels": qrels[q], "run": run[q], "want": {ours: float(scored.scores[theirs][q]) for ours, theirs in MEASURES.items()}}
        for q in run
    ]
    out = pathlib.Path(__file__).parent.parent / "ranx.json"
    out.write_text(json.dumps(cases) + "\n")


main()
