"""Golden vectors of the base encoder, made by sentence-transformers.

    MODEL=<model folder> python parity.py                  # vectors for the texts that are there
    MODEL=<model folder> python parity.py --rebuild-texts  # new texts first (needs the go program)

Writes into ../parity:
  texts.json  JSON array of strings. Hand-made texts (parity_texts.py), then functions of the Go standard
              library (BSD-3-Clause, The Go Authors: see NOTICE) and pieces of this project's own sources.
  base.f32    float32, little endian, row-major [len(texts), dimensions], no header: what
              SentenceTransformer(MODEL).encode gives in fp32 on the CPU, L2-normalised.
  meta.json   versions, shape, and for each text its kind and its number of tokens (special ones included,
              cut at max_seq_length), which tells a tokenizer difference from an encoder difference.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import parity_texts as pt

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "parity"


def go_functions(root, want, packages):
    """Up to `want` functions with their doc comments, spread over the packages, in a fixed order."""
    found = []
    for pkg in packages:
        mine = []
        for f in sorted((root / pkg).glob("*.go")):
            if f.name.endswith("_test.go"):
                continue
            for m in re.finditer(r"(?m)^((?://[^\n]*\n)+)(func [^\n]*\{\n(?:.*\n)*?\}\n)", f.read_text()):
                if 300 < len(m.group(0)) < 2500:
                    mine.append(m.group(0))
        found.append(mine)
    out = []
    for i in range(max(map(len, found))):
        for mine in found:
            step = max(1, len(mine) // 8)
            if i * step < len(mine) and len(out) < want:
                out.append(mine[i * step])
    return out


def texts():
    rows = [(f"code:{lang}", t) for lang, ts in pt.CODE.items() for t in ts]
    rows += [("prose", t) for t in pt.PROSE] + [("unicode", t) for t in pt.UNICODE]
    rows += [("special", t) for t in pt.SPECIAL] + [("edge", t) for t in pt.edge()]
    goroot = pathlib.Path(subprocess.check_output(["go", "env", "GOROOT"], text=True).strip()) / "src"
    pkgs = "bufio bytes container/list encoding/csv encoding/json errors io net/http net/url os path/filepath regexp sort strconv strings sync text/template time".split()
    rows += [("go-std", t) for t in go_functions(goroot, 48, pkgs)]
    for name in ("adapters/mix.go", "adapters/card.go", "embed/row.go", "internal/fault/fault.go", "testdata/gen/parity.py"):
        rows.append(("own", (HERE.parent.parent / name).read_text()[:6000]))
    return rows


def main():
    import sentence_transformers
    import torch
    import transformers

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    OUT.mkdir(exist_ok=True)
    if "--rebuild-texts" in sys.argv:
        rows = texts()
        dump = json.dumps([t for _, t in rows], ensure_ascii=True, indent=0) + "\n"
        (OUT / "texts.json").write_text(dump)
        kinds = [k for k, _ in rows]
    else:
        kinds = json.loads((OUT / "meta.json").read_text())["kinds"]
    rows = json.loads((OUT / "texts.json").read_text())
    assert len(rows) == len(kinds) >= 200 and not any("\x00" in t for t in rows)

    model = sentence_transformers.SentenceTransformer(os.environ["MODEL"], device="cpu")
    assert model.max_seq_length == 256, model.max_seq_length
    vecs = model.encode(rows, batch_size=16, convert_to_numpy=True, show_progress_bar=False)
    assert vecs.dtype == "float32"
    vecs.astype("<f4").tofile(OUT / "base.f32")
    tok = model.tokenizer(rows, truncation=True, max_length=model.max_seq_length)["input_ids"]
    meta = {
        "model": "sentence-transformers/all-MiniLM-L6-v2",
        "max_seq_length": model.max_seq_length,
        "rows": len(rows),
        "dimensions": int(vecs.shape[1]),
        "versions": {m.__name__: m.__version__.split("+")[0] for m in (sentence_transformers, transformers, torch)},
        "kinds": kinds,
        "tokens": [len(t) for t in tok],
    }
    (OUT / "meta.json").write_text(json.dumps(meta) + "\n")
    print(len(rows), "texts,", sum(meta["tokens"]), "tokens,", sum(n == 256 for n in meta["tokens"]), "at the window")


if __name__ == "__main__":
    main()
