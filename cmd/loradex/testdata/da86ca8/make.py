"""Makes what the version da86ca8 left on disk: three adapters in its library, an index, and what its searches found.

    git checkout da86ca8 && make build
    python3 make.py bin/loradex SCRATCH

SCRATCH is an empty folder; its path is recorded in the index, so take one that says nothing, as /srv/kitchen. The
repository is repo/ beside this file, with one commit of a fixed date; the model is the tiny one of testdata/models. Only the
standard library and git are needed. Do not run it with another version: the point is that a later one reads these files.
"""

import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parents[3] / "testdata" / "models" / "bert-shards-fp16"
HIDDEN, INNER, LAYERS = 32, 64, 2
MIXES = ["lora", "dora", "bias", "lora*0.5+dora"]
QUERIES = ["take the lock of a folder", "bake bread in the oven", "download a page"]
STAMP = {"GIT_AUTHOR_DATE": "2026-01-01T12:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T12:00:00Z", "GIT_CONFIG_GLOBAL": os.devnull}


def layers():
    """Linear layers with their widths, and normalisations with None."""
    yield "embeddings.LayerNorm", None, HIDDEN
    for i in range(LAYERS):
        p = f"encoder.layer.{i}."
        for name in ("query", "key", "value"):
            yield p + "attention.self." + name, HIDDEN, HIDDEN
        yield p + "attention.output.dense", HIDDEN, HIDDEN
        yield p + "attention.output.LayerNorm", None, HIDDEN
        yield p + "intermediate.dense", HIDDEN, INNER
        yield p + "output.dense", INNER, HIDDEN
        yield p + "output.LayerNorm", None, HIDDEN


def adapter(folder, seed, dora=False, bias="none", rank=2):
    rng = random.Random(seed)
    tensors = {}

    def add(name, shape, mean=0.0):
        n = 1
        for s in shape:
            n *= s
        tensors["base_model.model." + name] = (shape, [mean + rng.uniform(-0.5, 0.5) for _ in range(n)])

    for path, width, out in layers():
        adapted = width is not None and path.endswith((".query", ".value"))
        if adapted:
            add(path + ".lora_A.weight", [rank, width])
            add(path + ".lora_B.weight", [out, rank])
            if dora:
                add(path + ".lora_magnitude_vector", [out], mean=1.0)
        if bias == "all":
            add(path + (".base_layer.bias" if adapted else ".bias"), [out])
    head, data = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(tensors):
        shape, values = tensors[name]
        raw = struct.pack(f"<{len(values)}f", *values)
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    folder.mkdir(parents=True)
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "use_dora": dora, "bias": bias, "inference_mode": True,
        "target_modules": ["query", "value"], "base_model_name_or_path": "tiny",
    }, indent=1) + "\n")


def main(program, scratch):
    scratch.mkdir(parents=True, exist_ok=True)
    home, repo = scratch / "home", scratch / "repo"
    runtime = next((pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "loradex" / "native").glob("onnxruntime-*-cpu-*"))
    env = dict(os.environ, LORADEX_HOME=str(home), LORADEX_MODEL="tiny", LORADEX_THREADS="1", LORADEX_ONNXRUNTIME=str(runtime), **STAMP)

    def loradex(*args):
        out = subprocess.run([program, *args, "--json"], cwd=repo, env=env, check=True, stdout=subprocess.PIPE).stdout
        return json.loads(out)

    shutil.copytree(MODEL, home / "models" / "tiny")
    shutil.copytree(HERE / "repo", repo)
    for args in (["init", "-q", "-b", "main"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *args], cwd=repo, env=env, check=True)
    adapter(scratch / "lora", 1)
    adapter(scratch / "dora", 2, dora=True)
    adapter(scratch / "bias", 3, bias="all")
    digests = {name: loradex("adapters", "add", str(scratch / name), "--name", name, "--base")["digest"] for name in MIXES[:3]}
    for mix in MIXES:
        report = loradex("index", "--adapter", mix)
    searches = []
    for mix in ["none", *MIXES]:
        for mode in ("dense", "hybrid"):
            for query in QUERIES:
                args = ["search", query, "--mode", mode, "--adapter", mix]
                hits = [[f"{h['path']}:{h['start_line']}", round(h["score"], 4)] for h in loradex(*args)["hits"]]
                if all(a[1] - b[1] > 2e-3 for a, b in zip(hits, hits[1:])):  # nearer ones may change places on another processor
                    searches.append({"args": args, "hits": hits})
    for name in ("adapters", "index"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    for name in digests:
        shutil.copytree(home / "adapters" / name, HERE / "adapters" / name, ignore=shutil.ignore_patterns(".summary.json"))
    (HERE / "index").mkdir()
    shutil.copy(repo / ".loradex" / "index.db", HERE / "index")
    expected = {"rev": report["rev"], "chunks": report["chunks"]["total"], "spaces": {s["adapter"]: s["id"] for s in report["spaces"]}, "digests": digests}
    lines = ",\n  ".join(json.dumps(s) for s in searches)
    (HERE / "expected.json").write_text(json.dumps(expected)[:-1] + ', "searches": [\n  ' + lines + "\n]}\n")


main(os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve())
