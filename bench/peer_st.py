"""sentence-transformers on torch, at its defaults, as a peer for `loradex bench encode`.

    python peer_st.py MODEL_FOLDER [--threads 2]

Commands (see protocol.py):
    run N FILE     encodes the first N texts of a JSONL file (field "text"); N = 0 is all of them
    tokens N FILE  counts their tokens only (special ones included, cut at the model's maximum)

`seconds` is the call of encode() alone: tokenising, forward passes, pooling, normalising, back to numpy. Reading
the file and counting tokens happen outside. Defaults of encode(): batches of 32, sorted by length, fp32.
"""

import argparse
import json
import sys
import time

import protocol

protocol.set_threads_early(sys.argv)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("model")
    ap.add_argument("--threads", type=int, default=2)
    args = ap.parse_args()
    answers = protocol.own_stdout()
    began = time.perf_counter()
    import sentence_transformers
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    model = sentence_transformers.SentenceTransformer(args.model, device="cpu")
    loaded = {}  # file -> (texts, tokens of each)

    def texts(n, path):
        if path not in loaded:
            with open(path, encoding="utf-8") as f:
                rows = [json.loads(line)["text"] for line in f if line.strip()]
            ids = model.tokenizer(rows, truncation=True, max_length=model.max_seq_length)["input_ids"]
            loaded[path] = rows, [len(i) for i in ids]
        rows, lengths = loaded[path]
        n = int(n) or len(rows)
        if n > len(rows):
            raise ValueError(f"{path} holds {len(rows)} texts, not {n}")
        return rows[:n], sum(lengths[:n])

    def run(n, path):
        rows, tokens = texts(n, path)
        start = time.perf_counter()
        vecs = model.encode(rows, show_progress_bar=False)
        return {"seconds": time.perf_counter() - start, "rows": len(vecs), "tokens": tokens}

    def count(n, path):
        rows, tokens = texts(n, path)
        return {"rows": len(rows), "tokens": tokens}

    model.encode(["warm up"] * 8, show_progress_bar=False)
    ready = {
        "peer": "sentence-transformers", "threads": torch.get_num_threads(), "max_tokens": model.max_seq_length,
        "load_seconds": time.perf_counter() - began,
        "versions": {m.__name__: m.__version__ for m in (sentence_transformers, transformers, torch)},
    }
    protocol.serve(answers, ready, {"run": run, "tokens": count})


if __name__ == "__main__":
    main()
