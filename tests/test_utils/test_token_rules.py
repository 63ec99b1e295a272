"""What tokenizer and text tower have to agree on."""

import json
from dataclasses import asdict

import open_clip
import pytest

from vlltr_mm.utils.token_rules import TokenRules


@pytest.mark.parametrize(
    'arch, rules',
    [
        ('ViT-B-16', TokenRules()),
        ('EVA02-B-16', TokenRules()),
        ('MobileCLIP-S2', TokenRules()),
        ('PE-Core-B-16', TokenRules(context_length=32)),
        ('coca_ViT-B-32', TokenRules(context_length=76)),
        ('ViT-B-16-SigLIP', TokenRules('timm/ViT-B-16-SigLIP', 64, 32000, 'canonicalize')),
        (
            'ViT-SO400M-14-SigLIP2',
            TokenRules('timm/ViT-SO400M-14-SigLIP2', 64, 256000, 'canonicalize'),
        ),
        (
            'ViT-L-14-CLIPA',
            TokenRules('bert-base-uncased', 32, 32000, 'whitespace', strip_sep_token=True),
        ),
        ('ViT-L-14-worldwide', TokenRules('google/mt5-base', 77, 250100, 'canonicalize', end_id=1)),
    ],
)
def test_rules_of_architectures(arch, rules):
    config = open_clip.get_model_config(arch)
    if config is None:
        pytest.skip(f'open_clip {open_clip.__version__} has no {arch}')
    found = TokenRules.of_text_config(config['text_cfg'], arch)
    assert found == rules
    assert found.are_clips == (arch in ('ViT-B-16', 'EVA02-B-16', 'MobileCLIP-S2'))


def test_every_text_transformer_of_open_clip_is_read():
    read = 0
    for arch in open_clip.list_models():
        config = open_clip.get_model_config(arch)['text_cfg']
        if config.get('hf_model_name'):
            with pytest.raises(ValueError, match='has hf_model_name, which is not supported'):
                TokenRules.of_text_config(config, arch)
        else:
            TokenRules.of_text_config(config, arch)
            read += 1
    assert read > 50


def test_a_larger_vocabulary_of_the_tower_fits_and_nothing_else():
    clips = TokenRules()
    assert clips.misfit(TokenRules(vocab_size=49500)) == ''
    assert clips.misfit(TokenRules(vocab_size=100)) == 'vocab_size 49408 for 100'
    assert clips.misfit(TokenRules(context_length=32)) == 'context_length 77 for 32'
    assert (
        clips.misfit(TokenRules('x', 64, 32000, 'canonicalize'))
        == 'tokenizer CLIP for x, context_length 77 for 64, vocab_size 49408 for 32000, '
        'clean lower for canonicalize'
    )


def test_errors():
    for changes, match in (
        (dict(tokenizer_kwargs=dict(reduction_mask='simple')), 'has reduction_mask, which'),
        (dict(tokenizer_kwargs=dict(strip_sep_token=True)), 'has strip_sep_token, which'),
        (dict(hf_tokenizer_name='x', tokenizer_kwargs=dict(language='en')), 'has language, which'),
        (dict(hf_tokenizer_name='x', tokenizer_mode='clips'), 'has tokenizer_mode, which'),
        (dict(tokenizer_kwargs=dict(clean='all')), "has clean='all'; allowed are 'lower'"),
    ):
        with pytest.raises(ValueError, match=f'arch=mine {match}'):
            TokenRules.of_text_config(changes, 'mine')


def test_rules_in_a_file():
    rules = TokenRules('x', 64, 32000, 'canonicalize', end_id=1)
    stored = json.loads(json.dumps(asdict(rules)))
    assert TokenRules.from_meta(stored, 'a') == rules
    for changes, match in (
        (dict(vocab_size='x'), "a, vocab_size is 'x'; it must be a whole number"),
        (dict(clean='x'), "a, clean is 'x'; allowed are"),
        (dict(more=1), r'a is .*; it must have the keys \['),
    ):
        with pytest.raises(ValueError, match=match):
            TokenRules.from_meta(dict(stored, **changes), 'a')
