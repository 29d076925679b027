"""Other systems' rankings of a BEIR folder as TREC run files, for `loradex eval run --run FILE`.

    python peer_runs.py bm25 DATA_FOLDER OUT.trec [--split test]
    python peer_runs.py st DATA_FOLDER OUT.trec --model MODEL_FOLDER [--threads 2]

bm25 is bm25s (Lu 2024, arXiv:2407.03618) at its defaults: Lucene's BM25 (k1 1.5, b 0.75), English stop words, no stemming.
st is sentence-transformers' encode() at its defaults, and the cosine of its vectors.

A document is title, a space, text, trimmed. The first 1,000 documents of each query of the split are written, ties to the larger id,
as trec_eval has it; only queries with a relevant document are asked.
"""

import argparse
import csv
import json
import os
import sys

import protocol

protocol.set_threads_early(sys.argv)

import numpy as np  # noqa: E402  the threads come first

DEPTH = 1000


def read(folder, split):
    with open(os.path.join(folder, "corpus.jsonl"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f if line.strip()]
    docs = {r["_id"]: (r.get("title", "") + " " + r["text"]).strip() for r in rows}
    with open(os.path.join(folder, "qrels", split + ".tsv"), encoding="utf-8") as f:
        table = csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(table)
        asked = {row[0] for row in table if float(row[2]) > 0}
    with open(os.path.join(folder, "queries.jsonl"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f if line.strip()]
    queries = {r["_id"]: r["text"] for r in rows if r["_id"] in asked}
    return docs, queries


def bm25_scores(docs, queries, _args):
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(docs.values()), stopwords="en", show_progress=False), show_progress=False)
    for text in queries.values():
        tokens = bm25s.tokenize(text, stopwords="en", return_ids=False, show_progress=False)[0]
        yield index.get_scores(tokens) if tokens else np.zeros(len(docs))


def st_scores(docs, queries, args):
    import sentence_transformers
    import torch

    torch.set_num_threads(args.threads)
    model = sentence_transformers.SentenceTransformer(args.model, device="cpu")
    d = model.encode(list(docs.values()), show_progress_bar=False, normalize_embeddings=True)
    q = model.encode(list(queries.values()), show_progress_bar=False, normalize_embeddings=True)
    for vector in q:
        yield d @ vector


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("system", choices=["bm25", "st"])
    ap.add_argument("data")
    ap.add_argument("out")
    ap.add_argument("--split", default="test")
    ap.add_argument("--model")
    ap.add_argument("--threads", type=int, default=2)
    args = ap.parse_args()
    if args.system == "st" and not args.model:
        ap.error("st needs --model")
    docs, queries = read(args.data, args.split)
    ids = np.array(list(docs))
    # Descending ids first, so that a stable sort by score leaves ties in that order.
    order = np.array(sorted(range(len(ids)), key=lambda i: ids[i], reverse=True))
    scores = {"bm25": bm25_scores, "st": st_scores}[args.system](docs, queries, args)
    tag = {"bm25": "bm25s", "st": "sentence-transformers"}[args.system]
    with open(args.out + ".part", "w", encoding="utf-8") as f:
        for query, row in zip(queries, scores):
            best = order[np.argsort(-row[order], kind="stable")[:DEPTH]]
            for rank, i in enumerate(best, 1):
                if args.system == "bm25" and row[i] <= 0:
                    break  # shares no word: not found
                f.write(f"{query} Q0 {ids[i]} {rank} {row[i]:.9g} {tag}\n")
    os.replace(args.out + ".part", args.out)


if __name__ == "__main__":
    main()
