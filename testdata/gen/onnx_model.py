"""A tiny BERT with random weights as the ONNX file that PyTorch exports of it, and the vectors that ONNX Runtime gives for it.

    python onnx_model.py
    python onnx_model.py --real FOLDER    # of e5-small-v2.onnx, bge-small-en-v1.5.onnx and their -tokenizer.json, out of Maven's jars

Writes ../onnx/model.onnx, ../onnx/tokenizer.json and ../onnx/golden.safetensors: tensors `mean` and `cls`, [rows, 32], pooled and
normalised here in float64, from what ONNX Runtime computes for the texts of ../models/texts.json. The weights of linear layers lie in the file
transposed and under made-up names (onnx::MatMul_…). A config.json is not written on purpose: the graph shows it.

With --real it writes ../onnx/NAME.safetensors, tensors `query` and `document`, [10, 384]: the same for the real files, over every
tenth text of ../parity/texts.json with the prompt of the role in front.

The small file is exported by the exporter that walks TorchScript (dynamo=False), as the ONNX files on the hub were.
Needs torch, transformers, tokenizers, onnx, onnxruntime, safetensors.
"""

import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.numpy import save_file
from tokenizers import BertWordPieceTokenizer, Tokenizer
from transformers import BertConfig, BertModel

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "onnx"
CORPUS = json.loads((HERE.parent / "parity" / "texts.json").read_text())
TEXTS = json.loads((HERE.parent / "models" / "texts.json").read_text())
MAX = 64


def randomise(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(torch.randn(p.shape, generator=g) * (0.2 if p.dim() > 1 else 0.1) + (1.0 if name.endswith("LayerNorm.weight") else 0.0))
    return model.eval()


def main():
    OUT.mkdir(exist_ok=True)
    tok = BertWordPieceTokenizer(lowercase=True)
    tok.train_from_iterator(CORPUS, vocab_size=700, min_frequency=2, limit_alphabet=300, show_progress=False)
    with tempfile.TemporaryDirectory() as tmp:  # only one that is made of a vocabulary puts [CLS] and [SEP] around a text
        tok = BertWordPieceTokenizer(*tok.save_model(tmp), lowercase=True)
    tok.save(str(OUT / "tokenizer.json"))
    cfg = BertConfig(
        vocab_size=tok.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=MAX,
        layer_norm_eps=1e-7, attn_implementation="eager",
    )
    model = randomise(BertModel(cfg, add_pooling_layer=False), 7)
    ids = torch.ones(1, 5, dtype=torch.long)
    path = OUT / "model.onnx"
    torch.onnx.export(
        model, (ids, ids, ids * 0), str(path), input_names=["input_ids", "attention_mask", "token_type_ids"], output_names=["last_hidden_state"],
        dynamic_axes={n: {0: "batch", 1: "tokens"} for n in ("input_ids", "attention_mask", "token_type_ids", "last_hidden_state")},
        opset_version=14, dynamo=False,
    )
    m = onnx.load(path)
    m.producer_version, m.doc_string, m.graph.doc_string = "", "", ""
    for n in m.graph.node:
        n.doc_string = ""
        del n.metadata_props[:]
    onnx.save(m, path)

    golden = vectors(path, tok, MAX, {"mean": ("mean", TEXTS), "cls": ("cls", TEXTS)})
    save_file(golden, OUT / "golden.safetensors")
    print(len(m.graph.node), "nodes;", path.stat().st_size, "bytes;", [i.name for i in m.graph.initializer if i.name.startswith("onnx::")][:3])


def vectors(path, tok, limit, what):
    """Runs an ONNX file text by text; what maps the name of a tensor to a pooling and texts."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    tok.no_padding()
    tok.enable_truncation(limit)
    golden = {}
    for name, (pooling, texts) in what.items():
        rows = []
        for text in texts:
            row = np.array([tok.encode(text).ids], dtype=np.int64)
            hidden = session.run(None, {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)})[0][0].astype(np.float64)
            v = hidden.mean(0) if pooling == "mean" else hidden[0]
            rows.append(v / np.linalg.norm(v))
        golden[name] = np.array(rows, dtype=np.float32)
    return golden


def real(folder):
    texts = CORPUS[::10][:10]
    for name, pooling, query, document in (
        ("e5-small-v2", "mean", "query: ", "passage: "),
        ("bge-small-en-v1.5", "cls", "Represent this sentence for searching relevant passages: ", ""),
    ):
        tok = Tokenizer.from_file(str(folder / f"{name}-tokenizer.json"))
        what = {role: (pooling, [prompt + t for t in texts]) for role, prompt in (("query", query), ("document", document))}
        save_file(vectors(folder / f"{name}.onnx", tok, 512, what), OUT / f"{name}.safetensors")


if __name__ == "__main__":
    real(pathlib.Path(sys.argv[2])) if sys.argv[1:2] == ["--real"] else main()
