"""The tokenizer that belongs to a text tower."""

import numpy as np
import open_clip
import pytest
import torch
from dual_towers import eva_arch, siglip_arch
from tiny_corpus import CLASSES, PROMPTS

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.datasets.corpus.cache import cache_key
from vlltr_mm.datasets.corpus.clip_tokens import ClipTokenizer
from vlltr_mm.datasets.corpus.tokenizer import build_tokenizer
from vlltr_mm.utils.token_rules import TokenRules

TEXTS = ['A photo of a Crane.', 'word ' * 100, "it's caf\u00e9 &amp; <red>, e_f!", 'x']


@pytest.mark.parametrize('arch', ['EVA02-B-16', 'MobileCLIP-S2', 'PE-Core-B-16', 'coca_ViT-B-32'])
def test_gives_the_ids_of_open_clip(arch):
    tokenizer = build_tokenizer(dict(arch=arch))
    ids, lengths = tokenizer.encode(TEXTS)
    expected = open_clip.get_tokenizer(arch)(TEXTS)
    assert expected.shape[1] == tokenizer.rules.context_length
    rows = torch.zeros_like(expected)
    for row, own in zip(rows, np.split(ids.astype(np.int64), np.cumsum(lengths)[:-1])):
        row[: len(own)] = torch.from_numpy(own)
    assert torch.equal(rows, expected)


@pytest.mark.parametrize('clean', ['lower', 'whitespace', 'canonicalize'])
def test_cleans_as_open_clip(clean):
    rules = TokenRules(clean=clean)
    ids, _ = ClipTokenizer(rules).encode(TEXTS)
    expected = open_clip.SimpleTokenizer(clean=clean)(TEXTS)
    assert ids.tolist() == expected[expected != 0].tolist()
    assert ClipTokenizer(rules).is_blank('_-') == (clean == 'canonicalize')


def corpus(tmp_path, **kwargs):
    cache = str(tmp_path / 'cache')
    return TextCorpus(CLASSES, [PROMPTS], cache_dir=cache, **kwargs)


def test_corpora_for_clips_tokens_are_those_of_before(tmp_path):
    plain = corpus(tmp_path)
    # As the version before there were others gave it.
    assert plain.fingerprint == 'f3cbb701f7bff00f365fda26ad39cd933c6bf3d232d7d7fdb09d56c6c23fef1e'
    for arch in ('ViT-B-16', 'EVA02-B-16', eva_arch()):
        assert corpus(tmp_path, tokenizer=dict(arch=arch))._folder == plain._folder
    assert cache_key(CLASSES, []) == cache_key(CLASSES, [], build_tokenizer(dict(arch='RN50')))
    assert plain.token_rules.are_clips and plain.pad_id == 0


def test_another_length_is_another_corpus(tmp_path):
    plain, short = corpus(tmp_path), corpus(tmp_path, tokenizer=dict(arch='PE-Core-B-16'))
    assert short.fingerprint != plain.fingerprint and short._folder != plain._folder
    assert torch.equal(short.tokens(0), plain.tokens(0)[:, :32])
    assert short.text_input(0).tolist() == short.token_ids(0).tolist()  # not padded


def test_errors(tmp_path):
    for config, match in (
        ('x', "tokenizer is 'x'; give dict"),
        (dict(file='a'), 'give dict.arch=...., that of the text tower'),
        (dict(arch='RN50', name='x'), 'give dict.arch'),
        (dict(arch='RN51'), "tokenizer.arch is 'RN51', which open_clip"),
        (dict(arch='RN50', file='t.json'), "has CLIP's tokenizer, .* leave tokenizer.file out"),
        (dict(arch='ViT-B-16-SigLIP'), 'has the tokenizer of timm/ViT-B-16-SigLIP; fetch its'),
        (dict(arch=siglip_arch()), 'has the tokenizer of tiny/siglip; fetch its tokenizer.json'),
        (dict(arch=dict(text_cfg=dict(vocab_size=64))), "vocab_size=64 .*CLIP's tokenizer gives"),
        (dict(arch=dict(text_cfg=dict(context_length=2))), 'and context_length=2; .* around them'),
        (dict(arch=dict(text_cfg=dict(pool_type='eos'))), "eos_id=2, but with CLIP's .* 49407"),
        (dict(arch='roberta-ViT-B-32'), 'has hf_model_name, which is not supported'),
    ):
        with pytest.raises(ValueError, match=match):
            corpus(tmp_path, tokenizer=config)
    with pytest.raises(FileNotFoundError, match='put the tokenizer.json of timm/ViT-B-16-SigLIP'):
        corpus(tmp_path, tokenizer=dict(arch='ViT-B-16-SigLIP', file='no.json'))
