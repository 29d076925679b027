"""Tiny cross-encoders with random weights, as sentence-transformers saves them, and their golden scores.

    python cross_encoders.py

Writes ../cross/NAME (32 dimensions, two layers, a few hundred words, at most 64 tokens) and ../cross/golden.json:
`pairs`, a list of [query, text] as places in ../parity/texts.json (-1 is the empty text), and for each model its
activation and, for each pair, what CrossEncoder.predict gives in fp32, each pair alone.

    bert-sigmoid    BERT, one label, no word about the activation: sigmoid
    bert-identity   BERT, one label, activation identity; vocab.txt without tokenizer.json
    bert-three      BERT, three labels: logits as they are
    roberta-one     RoBERTa, one label; no token types; the folder of sentence-transformers 6, with modules.json

The tokenizers are trained on ../parity/texts.json. Weights are drawn as tiny_models.py does, those of the last layer
five times as large, so that the scores of pairs differ.
"""

import json
import pathlib
import shutil

import torch
from sentence_transformers import CrossEncoder
from tokenizers import ByteLevelBPETokenizer, BertWordPieceTokenizer
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

from tiny_models import CORPUS, MAX, SIZE, randomise, write

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "cross"
IDENTITY = "torch.nn.modules.linear.Identity"


def bert(name, labels, seed, activation=None, fast=True):
    folder = OUT / name
    folder.mkdir(parents=True)
    wp = BertWordPieceTokenizer(lowercase=True)
    wp.train_from_iterator(CORPUS, vocab_size=700, min_frequency=2, limit_alphabet=300, show_progress=False)
    wp.save_model(str(folder))
    write(folder / "tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "strip_accents": None, "tokenize_chinese_chars": True, "model_max_length": MAX,
        "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
    })
    cfg = BertConfig(vocab_size=wp.get_vocab_size(), max_position_embeddings=MAX, type_vocab_size=2, pad_token_id=0, num_labels=labels, **SIZE)
    model = randomise(BertForSequenceClassification(cfg), seed)
    finish(folder, model, model.classifier, activation, fast, ["vocab.txt"])


def roberta(name, labels, seed):
    folder = OUT / name
    folder.mkdir(parents=True)
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(CORPUS, vocab_size=600, min_frequency=2, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False)
    bpe.save_model(str(folder))
    write(folder / "tokenizer_config.json", {
        "tokenizer_class": "RobertaTokenizer", "model_max_length": MAX, "add_prefix_space": False, "bos_token": "<s>", "eos_token": "</s>",
        "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
    })
    cfg = RobertaConfig(vocab_size=bpe.get_vocab_size(), max_position_embeddings=MAX + 2, type_vocab_size=1, pad_token_id=1, bos_token_id=0,
                        eos_token_id=2, layer_norm_eps=1e-5, num_labels=labels, **SIZE)
    model = randomise(RobertaForSequenceClassification(cfg), seed)
    finish(folder, model, model.classifier.out_proj, None, True, ["vocab.json", "merges.txt"])
    ce = CrossEncoder(str(folder), device="cpu")
    ce.save_pretrained(str(folder), create_model_card=False)


def finish(folder, model, last, activation, fast, vocabulary):
    """Saves the model, and with fast the tokenizer.json that sentence-transformers writes in place of the vocabulary."""
    with torch.no_grad():
        last.weight.mul_(5)
    if activation:
        model.config.sentence_transformers = {"activation_fn": activation}
    model.save_pretrained(folder)
    if fast:
        CrossEncoder(str(folder), device="cpu").tokenizer.save_pretrained(folder)
        for name in vocabulary:
            (folder / name).unlink(missing_ok=True)


def main():
    torch.set_num_threads(2)
    shutil.rmtree(OUT, ignore_errors=True)
    bert("bert-sigmoid", 1, 1)
    bert("bert-identity", 1, 2, IDENTITY, fast=False)
    bert("bert-three", 3, 3)
    roberta("roberta-one", 1, 4)

    # Short and long texts on either side, so that both, one or none are cut; and empty ones.
    texts = sorted(set(CORPUS), key=len)
    short, middle, long = texts[1:40:4], texts[60:200:14], texts[-10:]
    pairs = [[a, b] for side in (short, middle, long) for a, b in zip(side, reversed(middle))]
    pairs += list(map(list, zip(short, long))) + list(map(list, zip(long, short))) + list(map(list, zip(long, reversed(long))))
    pairs += [["", short[0]], [short[0], ""], ["", ""]]
    golden = {"pairs": [[CORPUS.index(t) if t else -1 for t in p] for p in pairs], "models": {}}
    for folder in sorted(p for p in OUT.iterdir() if p.is_dir()):
        ce = CrossEncoder(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
        assert ce.max_seq_length == MAX, ce.max_seq_length
        scores = [ce.predict(tuple(p), convert_to_numpy=True, show_progress_bar=False).reshape(-1).tolist() for p in pairs]
        golden["models"][folder.name] = {"activation": type(ce.activation_fn).__name__, "scores": scores}
        flat = torch.tensor(scores)
        print(f"{folder.name:14s} {type(ce.activation_fn).__name__:8s} pairs {len(scores)} mean {flat.mean():.3f} deviation {flat.std():.3f}")
    (OUT / "golden.json").write_text(json.dumps(golden) + "\n")
    for weights in OUT.glob("*/model.safetensors"):
        weights.chmod(0o644)


if __name__ == "__main__":
    main()
