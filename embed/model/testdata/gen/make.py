"""Makes the models and tokenizers of embed/model/testdata, with transformers as the judge.

    python make.py        (torch 2.15, transformers 5.23, tokenizers 0.23, safetensors 0.8)

models/NAME holds a tiny random model and golden.json: {"texts", "document": {"prompt", "ids", "vectors"}}, and "query"
where the model has a prompt for it; a vector is the mean over the last hidden state, scaled to length 1, in float32. tokenizers/NAME holds the files of a tokenizer and want.json, what transformers makes of
them; tokenizers/golden.json the ids: {"texts", "ids": {NAME: one list a text}}. evil/ holds files to refuse.
Everything is seeded: a second run changes nothing but the storage keys of the two legacy files, which are addresses.
"""

import json
import os
import shutil
import string
from collections import OrderedDict

import torch
from safetensors.torch import save_file
from texts import SENTENCES, TRICKY
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BertConfig, BertModel, BertTokenizerFast, RobertaConfig, RobertaModel, RobertaTokenizerFast

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def write(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        if isinstance(value, str):
            f.write(value)
        else:
            json.dump(value, f, ensure_ascii=False, separators=(",", ":"))
            f.write("\n")


# --- vocabularies -------------------------------------------------------------------------------------------------


def wordpiece_vocab():
    letters = string.ascii_lowercase + string.digits
    words = "def return func the a list of if err nil open read close self class café straße".split()
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab += list(letters) + ["##" + c for c in letters]
    vocab += list("A B C D E H I N S T é ß α β γ ς п р и в е т 中 文 日 한 ㅎ ᄒ \u0301".split())
    vocab += list("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~…–") + ["##ing", "##er", "##ß", "##é", "##S", "##ς", "##и"]
    vocab += [w for w in words if w not in vocab]
    vocab += ["trailing\u00a0"]  # the reader of vocab.txt trims it
    return vocab


def bytelevel_vocab(extra=()):
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>", *extra],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tok.train_from_iterator([s for s in TRICKY if len(s) < 100], trainer)
    model = json.loads(tok.to_str())["model"]
    vocab = dict(sorted(model["vocab"].items(), key=lambda kv: kv[1]))
    merges = [" ".join(m) if isinstance(m, list) else m for m in model["merges"]]
    return vocab, "#version: 0.2\n" + "\n".join(merges) + "\n"


# --- tokenizers ---------------------------------------------------------------------------------------------------


def fixed(content, **flags):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, **flags}


def tokenizer_cases():
    wp = "\n".join(wordpiece_vocab()) + "\n"
    vocab, merges = bytelevel_vocab()
    uvocab, umerges = bytelevel_vocab(["<encoder-only>", "<decoder-only>"])
    mask = vocab["<mask>"]
    yield "bert-plain", BertTokenizerFast, {"vocab.txt": wp}
    yield "bert-cased", BertTokenizerFast, {
        "vocab.txt": wp,
        "tokenizer_config.json": {"do_lower_case": False, "tokenize_chinese_chars": False, "tokenizer_class": "BertTokenizer"},
    }
    yield "bert-accents", BertTokenizerFast, {
        "vocab.txt": wp,
        "tokenizer_config.json": {"do_lower_case": True, "strip_accents": False, "model_max_length": 512},
    }
    yield "bert-legacy", BertTokenizerFast, {
        "vocab.txt": wp,
        "added_tokens.json": {"<new>": len(wp.split("\n")) - 1, "<extra>": len(wp.split("\n"))},
        "special_tokens_map.json": {
            "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
            "mask_token": fixed("[MASK]", lstrip=True), "additional_special_tokens": ["<extra>"],
        },
    }
    yield "bert-decoder", BertTokenizerFast, {
        "vocab.txt": wp,
        "tokenizer_config.json": {
            "added_tokens_decoder": {
                **{str(i): fixed(t, special=True) for i, t in enumerate(wordpiece_vocab()[:5])},
                str(len(wp.split("\n")) - 1): fixed("<new>", normalized=True, single_word=True, special=False),
                str(len(wp.split("\n"))): fixed("<extra>", rstrip=True, special=True),
            },
            "additional_special_tokens": ["<extra>"],
            "tokenizer_class": "BertTokenizer", "unk_token": "[UNK]", "mask_token": "[MASK]",
        },
    }
    roberta = {"vocab.json": vocab, "merges.txt": merges}
    yield "roberta-plain", RobertaTokenizerFast, roberta
    yield "roberta-prefix", RobertaTokenizerFast, {
        **roberta,
        "tokenizer_config.json": {"add_prefix_space": True, "trim_offsets": False, "tokenizer_class": "RobertaTokenizer"},
    }
    yield "roberta-decoder", RobertaTokenizerFast, {
        **roberta,
        "tokenizer_config.json": {
            "added_tokens_decoder": {
                **{str(vocab[t]): fixed(t, normalized=True, special=True) for t in ("<s>", "<pad>", "</s>", "<unk>")},
                str(mask): fixed("<mask>", lstrip=True, special=True),
            },
            "mask_token": "<mask>", "tokenizer_class": "RobertaTokenizer",
        },
    }
    yield "roberta-legacy", RobertaTokenizerFast, {
        **roberta,
        "added_tokens.json": {"<new>": len(vocab)},
        "special_tokens_map.json": {"mask_token": fixed("<mask>", lstrip=True), "cls_token": "<s>", "sep_token": "</s>"},
    }
    yield "unixcoder", RobertaTokenizerFast, {"vocab.json": uvocab, "merges.txt": umerges}


def write_files(folder, files):
    for name, value in files.items():
        write(os.path.join(folder, name), value)


def make_tokenizers():
    root = os.path.join(OUT, "tokenizers")
    shutil.rmtree(root, ignore_errors=True)
    cases = {}
    for name, cls, files in tokenizer_cases():
        folder = os.path.join(root, name)
        write_files(folder, files)
        tok = cls.from_pretrained(folder)
        write(os.path.join(folder, "want.json"), json.loads(tok.backend_tokenizer.to_str()))
        cases[name] = [encode(tok, t) for t in TRICKY]
    write(os.path.join(root, "golden.json"), {"texts": TRICKY, "ids": cases})


def encode(tok, text, limit=None):
    """Ids of a text. UniXcoder's own code puts three tokens before it, by hand."""
    prefix = tok.convert_tokens_to_ids("<encoder-only>")
    if prefix is None or prefix == tok.unk_token_id:
        return tok(text, truncation=limit is not None, max_length=limit)["input_ids"]
    ids = tok(text, add_special_tokens=False)["input_ids"]
    if limit is not None:
        ids = ids[: limit - 4]
    return [tok.cls_token_id, prefix, tok.sep_token_id, *ids, tok.sep_token_id]


# --- models -------------------------------------------------------------------------------------------------------


def randomise(model, seed):
    """Weights far larger than an initialised model's, so that every part of the graph moves the vectors."""
    g = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        scale = 0.1 if "LayerNorm" in name or name.endswith("bias") else 0.5
        p.data = torch.randn(p.shape, generator=g) * scale + (1.0 if name.endswith("LayerNorm.weight") else 0.0)
    return model.eval()


def vectors(model, tok, limit, prompt):
    rows = [encode(tok, prompt + text, limit) for text in SENTENCES]
    out = []
    for row in rows:
        ids = torch.tensor([row])
        with torch.no_grad():
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        out.append(torch.nn.functional.normalize(hidden.mean(1), dim=-1)[0].tolist())
    return {"prompt": prompt, "ids": rows, "vectors": [[float(f"{x:.9g}") for x in v] for v in out]}


def config_json(config, **more):
    keep = (
        "hidden_size num_hidden_layers num_attention_heads intermediate_size vocab_size max_position_embeddings "
        "type_vocab_size pad_token_id layer_norm_eps hidden_act model_type"
    ).split()
    return {**{k: getattr(config, k) for k in keep}, **more}


def finish(folder, files, config, model, tok, limit, prompts=("", ""), **more):
    write_files(folder, files)
    write(os.path.join(folder, "config.json"), config_json(config, **more))
    golden = {"texts": SENTENCES}
    for role, prompt in zip(("document", "query"), prompts):
        if role == "document" or prompt:
            golden[role] = vectors(model, tok(folder), limit, prompt)
    write(os.path.join(folder, "golden.json"), golden)


def shards(tensors, n):
    """Splits a state dict into n files by name."""
    names = sorted(tensors)
    return [{k: tensors[k] for k in names[i::n]} for i in range(n)]


def save_sharded(folder, tensors, stem, ext, save):
    weight_map = {}
    for i, part in enumerate(shards(tensors, 2)):
        file = f"{stem}-{i + 1:05d}-of-00002.{ext}"
        save(part, os.path.join(folder, file))
        weight_map |= dict.fromkeys(part, file)
    write(os.path.join(folder, f"{stem}.{ext}.index.json"), {"metadata": {}, "weight_map": weight_map})


def make_models():
    root = os.path.join(OUT, "models")
    shutil.rmtree(root, ignore_errors=True)
    wp = wordpiece_vocab()
    wp_files = {"vocab.txt": "\n".join(wp) + "\n"}
    sentence = {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": 32, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}},
    }

    def bert(hidden, seed, **kw):
        config = BertConfig(
            hidden_size=hidden, num_hidden_layers=2, num_attention_heads=2, intermediate_size=2 * hidden,
            vocab_size=len(wp), max_position_embeddings=40, **kw,
        )
        return config, randomise(BertModel(config, add_pooling_layer=False), seed)

    def folder(name):
        os.makedirs(os.path.join(root, name), exist_ok=True)
        return os.path.join(root, name)

    # A sharded sentence-transformers model in fp32; the heads and the prefix of a masked language model around it.
    config, model = bert(16, 1)
    d = folder("bert-sharded")
    tensors = {"bert." + k: v for k, v in model.state_dict().items()} | {"cls.predictions.bias": torch.zeros(len(wp))}
    save_sharded(d, tensors, "model", "safetensors", lambda t, p: save_file(t, p, metadata={"format": "pt"}))
    finish(d, {**wp_files, **sentence}, config, model, BertTokenizerFast.from_pretrained, 32, ("passage: ", "query: "))

    # Half precision: the golden vectors are those of the rounded weights, computed in fp32.
    for name, dtype, seed in (("bert-fp16", torch.float16, 2), ("bert-bf16", torch.bfloat16, 3)):
        config, model = bert(16, seed, hidden_act="gelu_new" if seed == 2 else "relu")
        model = model.to(dtype).float()
        d = folder(name)
        save_file({k: v.to(dtype) for k, v in model.state_dict().items()}, os.path.join(d, "model.safetensors"), metadata={"format": "pt"})
        finish(d, wp_files, config, model, BertTokenizerFast.from_pretrained, 40)

    # pytorch_model.bin in the zip container, with a transposed view, and tensors that share one storage.
    config, model = bert(16, 4)
    d = folder("bert-bin")
    tensors = OrderedDict(model.state_dict())
    key = "encoder.layer.0.intermediate.dense.weight"
    tensors[key] = tensors[key].t().contiguous().t()
    joined = torch.cat([tensors["encoder.layer.1.output.dense.bias"], tensors["encoder.layer.1.output.LayerNorm.bias"]])
    tensors["encoder.layer.1.output.dense.bias"], tensors["encoder.layer.1.output.LayerNorm.bias"] = joined[:16], joined[16:]
    tensors["embeddings.position_ids"] = torch.arange(40)[None]
    torch.save(tensors, os.path.join(d, "pytorch_model.bin"))
    finish(d, wp_files, config, model, BertTokenizerFast.from_pretrained, 40)

    # The container before torch 1.6, with the names of the first exports, parameters instead of tensors, and fp16.
    config, model = bert(16, 5)
    model = model.half().float()
    d = folder("bert-legacy")
    old = OrderedDict()
    for k, v in model.state_dict().items():
        k = k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old["bert." + k] = torch.nn.Parameter(v.half(), requires_grad=False)
    torch.save(old, os.path.join(d, "pytorch_model.bin"), _use_new_zipfile_serialization=False)
    finish(d, wp_files, config, model, BertTokenizerFast.from_pretrained, 40)

    # RoBERTa from vocab.json and merges.txt, as a sharded .bin.
    vocab, merges = bytelevel_vocab()
    config = RobertaConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32, vocab_size=len(vocab),
        max_position_embeddings=42, type_vocab_size=1, pad_token_id=vocab["<pad>"], layer_norm_eps=1e-5,
    )
    model = randomise(RobertaModel(config, add_pooling_layer=False), 6)
    d = folder("roberta")
    tensors = {"roberta." + k: v for k, v in model.state_dict().items()}
    save_sharded(d, tensors, "pytorch_model", "bin", torch.save)
    finish(d, {"vocab.json": vocab, "merges.txt": merges}, config, model, RobertaTokenizerFast.from_pretrained, 40)

    # UniXcoder: its prefix tokens, and the decoder flag that its own code sets.
    vocab, merges = bytelevel_vocab(["<encoder-only>", "<decoder-only>"])
    config = RobertaConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, vocab_size=len(vocab),
        max_position_embeddings=42, type_vocab_size=10, pad_token_id=vocab["<pad>"], layer_norm_eps=1e-5,
    )
    model = randomise(RobertaModel(config, add_pooling_layer=False), 7).half()
    d = folder("unixcoder")
    torch.save(model.state_dict(), os.path.join(d, "pytorch_model.bin"))
    finish(d, {"vocab.json": vocab, "merges.txt": merges}, config, model.float(), RobertaTokenizerFast.from_pretrained, 40, is_decoder=True)


# --- evil files ---------------------------------------------------------------------------------------------------


def make_evil():
    """Files that a reader must refuse. call.bin would make a file when torch loads it without weights_only."""
    root = os.path.join(OUT, "evil")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)

    class Call:
        def __reduce__(self):
            return os.system, ("touch loradex-was-here",)

    for name, zipped in (("call.bin", True), ("call-legacy.bin", False)):
        torch.save({"weight": torch.zeros(2), "extra": Call()}, os.path.join(root, name), _use_new_zipfile_serialization=zipped)
    torch.save({"weight": torch.zeros(1).expand(1 << 40)}, os.path.join(root, "expanded.bin"))


if __name__ == "__main__":
    make_tokenizers()
    make_models()
    make_evil()
