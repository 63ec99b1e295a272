"""A corpus with all that its page remarks, and stored features of it."""

import json
import math

import torch

from vlltr_mm.apis.checks.corpus import check_corpus
from vlltr_mm.apis.features import FeatureSet
from vlltr_mm.apis.features.feature_set import text_anchors
from vlltr_mm.datasets import TextCorpus
from vlltr_mm.structures import ClassRecord, FeatureBank

EVIL = (
    '<script>window.bad = 1</script>',
    '</script><img src=x onerror="window.bad = 1">',
    'שלום & "{{ 7 }}"',
)
CLASSES = ['fox', 'red wolf', 'lion', *EVIL]
LONG = 'word ' * 90


def list_sources(folder):
    """Return the configs of what ``make_report`` writes into a folder, and of prompts."""
    return [
        dict(type='WikiTexts', root=str(folder / 'wiki')),
        dict(type='JsonDescriptions', path=str(folder / 'text.json')),
        dict(type='PromptTemplates', templates=['a {}.', 'the {}.']),
    ]


def make_report(folder):
    """Write articles and JSON text of ``CLASSES`` into a folder, and check these."""
    written = {
        'fox': ['It has a tail.', 'Red wolves eat it.', 'it  has a TAIL.', LONG],
        'red wolf': ['It has a tail.', 'It lives in packs.', 'A wolf that a lion fears.'],
        'lion': ['It lives in packs.', 'It has a tail.', 'The lion and the fox.'],
        EVIL[0]: [EVIL[1], 'It has a tail.'],
        EVIL[1]: [EVIL[0]],
        EVIL[2]: ['\u202eabc', '<b>"x" & \'y\'</b>'],
    }
    (folder / 'text.json').write_text(json.dumps(written), encoding='utf-8')
    (folder / 'wiki').mkdir()
    for label in range(len(CLASSES)):
        text = f'Article {label}. It has a tail. Foxes run.'
        (folder / f'wiki/desc_{label}.txt').write_text(text, encoding='utf-8')
    return check_corpus(CLASSES, list_sources(folder))


def make_features(folder, seed=0, dims=4, most=3):
    """Return features of that corpus as ``tools/encode_features.py`` stores them, made up.

    The same sentence has the same features.
    """
    generator = torch.Generator().manual_seed(seed)
    corpus = TextCorpus(CLASSES, list_sources(folder), cache_dir=str(folder / 'cache'))
    record = ClassRecord(corpus.classes, corpus=corpus.fingerprint, tower='a' * 64)
    made = {s: torch.randn(dims, generator=generator) for own in corpus.sentences for s in own}
    text = FeatureBank(
        torch.stack([made[sentence] for own in corpus.sentences for sentence in own]),
        torch.as_tensor(corpus.labels),
        dict(kind='sentences', record=record.to_meta()),
    )
    labels = torch.arange(len(corpus.classes)).repeat(3)
    train = FeatureBank(torch.randn(len(labels), dims, generator=generator), labels)
    anchors = text_anchors(text, corpus.classes, math.log(10))
    anchors.mask, anchors.feats = anchors.mask[:, :most], anchors.feats[:, :most]
    anchors.losses, anchors.sentence_ids = anchors.losses[:, :most], anchors.sentence_ids[:, :most]
    anchors.meta.update(corpus=corpus.fingerprint, tower='a' * 64)
    return FeatureSet(corpus.classes, dict(train=train, test=train), text, anchors)
