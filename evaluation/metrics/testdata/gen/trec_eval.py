"""Makes ../trec_eval.json: random judged runs with ties, measured by trec_eval.

    pip install pytrec-eval-terrier==0.5.11
    python trec_eval.py

trec_eval has no reciprocal rank with a cut-off: mrr@k is recip_rank of the run cut to its first k documents, in
trec_eval's own order (score, then id, both descending).
"""

import json
import pathlib
import random

import pytrec_eval

MEASURES = {
    "mrr": "recip_rank",
    "ndcg": "ndcg",
    "ndcg@1": "ndcg_cut_1",
    "ndcg@10": "ndcg_cut_10",
    "recall@1": "recall_1",
    "recall@10": "recall_10",
    "recall@100": "recall_100",
    "precision@1": "P_1",
    "precision@10": "P_10",
    "hit@1": "success_1",
    "hit@10": "success_10",
    "map": "map",
    "map@10": "map_cut_10",
    "rprec": "Rprec",
    "bpref": "bpref",
}


def cut(ranking, k):
    order = sorted(ranking, key=lambda d: (ranking[d], d), reverse=True)
    return {d: ranking[d] for d in order[:k]}


def main():
    rng = random.Random(7)
    docs = [f"d{i}" for i in range(40)]  # "d10" sorts before "d2": ids are compared as text
    qrels, run = {}, {}
    for i in range(30):
        q = f"q{i}"
        judged = rng.sample(docs, rng.randint(1, 15))
        grades = [0] if i % 10 == 9 else [0, 1, 1, 2, 3]  # some queries have nothing relevant
        qrels[q] = {d: rng.choice(grades) for d in judged}
        ranked = rng.sample(docs, rng.randint(1, 40) if i % 3 else rng.randint(1, 8))
        levels = rng.choice([1, 3, 10, 1000])  # few levels: many ties
        run[q] = {d: rng.randrange(levels) / 8 - 1 for d in ranked}
    want = {q: {} for q in run}
    scores = pytrec_eval.RelevanceEvaluator(
        qrels,
        {"recip_rank", "ndcg", "ndcg_cut.1,10", "recall.1,10,100", "P.1,10", "success.1,10", "map", "map_cut.10", "Rprec", "bpref"},
    ).evaluate(run)
    for q in run:
        for ours, theirs in MEASURES.items():
            want[q][ours] = scores[q][theirs]
    for k in (1, 3, 10):
        first = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate({q: cut(r, k) for q, r in run.items()})
        for q in run:
            want[q][f"mrr@{k}"] = first[q]["recip_rank"]
    cases = [{"query": q, "qrels": qrels[q], "run": run[q], "want": want[q]} for q in run]
    out = pathlib.Path(__file__).parent.parent / "trec_eval.json"
    out.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


main()
