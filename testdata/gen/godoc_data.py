"""Writes the data that the small real query adapter `godoc` is trained on, and its held-back test set.

    python godoc_data.py OUT                # OUT: a BEIR folder with train and dev, for
    loradex train --data OUT --side query --rank 4 --alpha 8 --dropout 0 --steps 200 --batch 40 --max-query-tokens 40 \\
        --eval-every 20 --no-eval --out testdata/adapters/godoc --replace

Task: from the first sentence of a doc comment to the function it describes (godocpairs makes the pairs).
Split: by family of packages (`family`), so no function of a held-back package, nor of its twin (bytes and strings,
text and html, x and internal/x), is ever trained on. ../godoc-heldback is the test split; it is written anew.
The pairs are source code of the Go standard library, BSD-3-Clause, The Go Authors: see ../LICENSE-go.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
HELDBACK = HERE.parent / "godoc-heldback"
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


def write_beir(folder, docs, splits):
    """docs and the queries of each split are rows of godocpairs."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with open(folder / "corpus.jsonl", "w") as f:
        for r in docs:
            f.write(json.dumps({"_id": r["id"], "title": "", "text": r["code"]}, ensure_ascii=False) + "\n")
    with open(folder / "queries.jsonl", "w") as f:
        for rows in splits.values():
            for r in rows:
                f.write(json.dumps({"_id": "q:" + r["id"], "text": r["query"]}, ensure_ascii=False) + "\n")
    for split, rows in splits.items():
        with open(folder / "qrels" / f"{split}.tsv", "w") as f:
            f.write("query-id\tcorpus-id\tscore\n" + "".join(f"q:{r['id']}\t{r['id']}\t1\n" for r in rows))


def main():
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
    write_beir(HELDBACK, pool, {"test": asked})
    write_beir(pathlib.Path(sys.argv[1]), pairs + dev, {"train": pairs, "dev": dev})
    for name, part in (("train", pairs), ("dev", dev), ("held-back", pool)):
        print(name, len(part), "functions of", sorted({family(r["package"]) for r in part}))


if __name__ == "__main__":
    main()
