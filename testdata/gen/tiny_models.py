"""Tiny encoders with random weights in the file formats that real ones come in, and their golden vectors.

    python tiny_models.py
    python tiny_models.py --missing      # only the models that are not there yet

Writes ../models/NAME (sentence-transformers folders, 32 dimensions, two layers, a few hundred words) and
../models/golden.safetensors: tensors `NAME` and, where the model has a prompt for queries, `NAME/query`,
[rows, 32] for the texts of ../models/texts.json, as sentence-transformers encodes them in fp32.

    roberta-bin       RoBERTa; pytorch_model.bin; vocab.json + merges.txt, no tokenizer.json; mean pooling
    roberta-cls       RoBERTa; safetensors; tokenizer.json; first-token pooling, no normalisation
    bert-shards-fp16  BERT; fp16 safetensors in shards with an index; vocab.txt only, lower case; query prompt
    bert-cased-bf16   BERT; bf16 safetensors; vocab.txt only, case kept; first-token pooling
    distilbert        DistilBERT; safetensors; vocab.txt only, lower case; mean pooling
    bert-bin-shards   BERT; pytorch_model.bin in shards with an index, keys with the prefix `bert.`; maximum pooling

The tokenizers are trained on ../parity/texts.json. Weights are drawn larger than usual (std 0.2), so that the texts get
different vectors.
"""

import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from tokenizers import ByteLevelBPETokenizer, BertWordPieceTokenizer
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "models"
CORPUS = json.loads((HERE.parent / "parity" / "texts.json").read_text())
MAX = 64
SIZE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.2)


def write(path, obj):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(obj, indent=1, ensure_ascii=False) + "\n")


def sentence_transformer(folder, pooling, normalize, prompts=None):
    """The files that make a transformers folder a sentence-transformers one."""
    names = ["", "1_Pooling"] + (["2_Normalize"] if normalize else [])
    kinds = ["Transformer", "Pooling", "Normalize"]
    write(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": p, "type": f"sentence_transformers.models.{kinds[i]}"} for i, p in enumerate(names)
    ])
    write(folder / "1_Pooling" / "config.json", {
        "word_embedding_dimension": 32,
        **{f"pooling_mode_{m}": m == pooling for m in ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")},
    })
    write(folder / "sentence_bert_config.json", {"max_seq_length": MAX, "do_lower_case": False})
    if prompts:
        write(folder / "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": None})


def randomise(model, seed):
    """transformers leaves biases at 0 and LayerNorm at 1: give every parameter something to be wrong about."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(torch.randn(p.shape, generator=g) * (0.2 if p.dim() > 1 else 0.1) + (1.0 if name.lower().endswith("layernorm.weight") or name.endswith("layer_norm.weight") else 0.0))
    return model


def save_weights(folder, state, kind, shards=1):
    state = {k: v.contiguous() for k, v in state.items()}
    stem, ext = ("pytorch_model", "bin") if kind == "bin" else ("model", "safetensors")
    put = torch.save if kind == "bin" else lambda s, p: save_file(s, p, metadata={"format": "pt"})
    if shards == 1:
        return put(state, folder / f"{stem}.{ext}")
    keys, where = list(state), {}
    for i in range(shards):
        name = f"{stem}-{i + 1:05d}-of-{shards:05d}.{ext}"
        part = {k: state[k] for k in keys[i::shards]}
        put(part, folder / name)
        where |= dict.fromkeys(part, name)
    size = sum(v.numel() * v.element_size() for v in state.values())
    write(folder / f"{stem}.{ext}.index.json", {"metadata": {"total_size": size}, "weight_map": dict(sorted(where.items()))})


def roberta(name, kind, fast, pooling, normalize, seed):
    folder = OUT / name
    folder.mkdir(parents=True)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(CORPUS, vocab_size=600, min_frequency=2, special_tokens=special, show_progress=False)
    bpe.save_model(str(folder))
    write(folder / "tokenizer_config.json", {
        "tokenizer_class": "RobertaTokenizer", "model_max_length": MAX, "add_prefix_space": False, "bos_token": "<s>", "eos_token": "</s>",
        "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
    })
    cfg = RobertaConfig(vocab_size=bpe.get_vocab_size(), max_position_embeddings=MAX + 2, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5, **SIZE)
    model = randomise(RobertaModel(cfg), seed)
    finish(folder, model, cfg, "RobertaModel", kind, pooling, normalize)
    if fast:
        SentenceTransformer(str(folder), device="cpu").tokenizer.save_pretrained(folder)
        for extra in ("vocab.json", "merges.txt"):
            (folder / extra).unlink(missing_ok=True)


def word_pieces(folder, lower, tokenizer_class):
    wp = BertWordPieceTokenizer(lowercase=lower, strip_accents=None)
    wp.train_from_iterator(CORPUS, vocab_size=700, min_frequency=2, limit_alphabet=300, show_progress=False)
    wp.save_model(str(folder))
    write(folder / "tokenizer_config.json", {
        "tokenizer_class": tokenizer_class, "do_lower_case": lower, "strip_accents": None, "tokenize_chinese_chars": True, "model_max_length": MAX,
        "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
    })
    return wp.get_vocab_size()


def bert(name, kind, lower, pooling, seed, dtype=torch.float32, shards=1, prefix="", prompts=None):
    folder = OUT / name
    folder.mkdir(parents=True)
    cfg = BertConfig(vocab_size=word_pieces(folder, lower, "BertTokenizer"), max_position_embeddings=MAX, type_vocab_size=2, pad_token_id=0, **SIZE)
    model = randomise(BertModel(cfg), seed)
    finish(folder, model, cfg, "BertModel", kind, pooling, True, dtype, shards, prefix, prompts)


def distilbert(name, pooling, seed):
    folder = OUT / name
    folder.mkdir(parents=True)
    cfg = DistilBertConfig(
        vocab_size=word_pieces(folder, True, "DistilBertTokenizer"), max_position_embeddings=MAX, pad_token_id=0, dim=32, n_layers=2, n_heads=4,
        hidden_dim=64, initializer_range=0.2,
    )
    finish(folder, randomise(DistilBertModel(cfg), seed), cfg, "DistilBertModel", "safetensors", pooling, True)


def finish(folder, model, cfg, arch, kind, pooling, normalize, dtype=torch.float32, shards=1, prefix="", prompts=None):
    config = {k: v for k, v in cfg.to_diff_dict().items() if k not in ("transformers_version", "dtype")}
    write(folder / "config.json", {"architectures": [arch], "model_type": cfg.model_type, **config})
    state = {prefix + k: v.to(dtype) if v.is_floating_point() else v for k, v in model.state_dict().items() if "position_ids" not in k}
    save_weights(folder, state, kind, shards)
    sentence_transformer(folder, pooling, normalize, prompts)


def main():
    torch.set_num_threads(2)
    missing = "--missing" in sys.argv
    if not missing:
        shutil.rmtree(OUT, ignore_errors=True)
    for make, name, *args in [
        (roberta, "roberta-bin", "bin", False, "mean_tokens", True, 1),
        (roberta, "roberta-cls", "safetensors", True, "cls_token", False, 2),
        (bert, "bert-shards-fp16", "safetensors", True, "mean_tokens", 3, torch.float16, 2, "", {"query": "query: ", "document": "passage: "}),
        (bert, "bert-cased-bf16", "safetensors", False, "cls_token", 4, torch.bfloat16),
        (bert, "bert-bin-shards", "bin", True, "max_tokens", 5, torch.float32, 2, "bert."),
        (distilbert, "distilbert", "mean_tokens", 6),
    ]:
        if not (OUT / name).exists():
            make(name, *args)

    meta = json.loads((HERE.parent / "parity" / "meta.json").read_text())
    rows = [i for i, kind in enumerate(meta["kinds"]) if kind != "own"][::4]
    texts = [CORPUS[i] for i in rows]
    write(OUT / "texts.json", texts)
    golden = load_file(OUT / "golden.safetensors") if missing else {}
    for folder in sorted(p for p in OUT.iterdir() if p.is_dir() and p.name not in golden):
        st = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
        assert st.max_seq_length == MAX
        for role in ("", "query", "document"):
            if role and role not in st.prompts or role and not st.prompts[role]:
                continue
            v = torch.stack([st.encode(t, prompt_name=role or None, convert_to_tensor=True, show_progress_bar=False) for t in texts])
            golden[folder.name + ("/" + role if role else "")] = v.float().contiguous()
            flat = v / v.norm(dim=1, keepdim=True)
            print(f"{folder.name + '/' + role:30s} rows {len(v)} mean cosine between texts {(flat @ flat.T).mean():.3f}")
    save_file(golden, OUT / "golden.safetensors")


if __name__ == "__main__":
    main()
