"""Sentences and tokens of classes, and the identity of both."""

import json
import logging
import pickle
import shutil

import numpy as np
import open_clip
import pytest
import torch
from mmpretrain.registry import TASK_UTILS
from tiny_corpus import CLASSES, PROMPTS, make_corpus, write_articles

from vlltr_mm.datasets import CorpusSource, SourceText, TextCorpus
from vlltr_mm.datasets.corpus.clip_tokens import ClipTokenizer
from vlltr_mm.utils import warn_once as warn_once_module


@pytest.fixture
def wiki(tmp_path):
    return write_articles(tmp_path)


def test_contract(wiki, tmp_path):
    corpus = make_corpus(wiki, tmp_path / 'cache')
    assert corpus.sentences[1] == ['a crane.', 'the crane. It', 'One.', 'Two.', 'Three.']
    assert len(corpus) == 4 + 5 + 3
    assert corpus.labels.tolist() == [0] * 4 + [1] * 5 + [2] * 3
    assert corpus.labels.dtype == np.int64
    assert [corpus.class_slice(c) for c in range(3)] == [(0, 4), (4, 9), (9, 12)]
    flat = [text for own in corpus.sentences for text in own]
    for c in range(3):
        tokens = corpus.tokens(c)
        assert tokens.dtype == torch.int64
        assert torch.equal(tokens, open_clip.tokenize(corpus.sentences[c]))
    for s, text in enumerate(flat):
        ids = corpus.token_ids(s)
        assert corpus.sentence(s) == text
        assert ids.dtype == torch.int64 and ids[-1] == 49407
        assert len(ids) == corpus.token_lengths[s] <= 77
    assert corpus.token_lengths.max() == 77
    assert len(corpus.fingerprint) == 64
    with pytest.raises(ValueError, match='label is 3'):
        corpus.tokens(3)


def test_every_sentence_knows_where_it_comes_from(wiki, tmp_path):
    corpus = make_corpus(wiki, tmp_path / 'cache')
    copy = pickle.loads(pickle.dumps(corpus))
    for opened in (corpus, make_corpus(wiki, tmp_path / 'cache'), copy):
        origins = [opened.origin(s) for s in range(*opened.class_slice(1))]
        article = f'WikiTexts: {wiki / "desc_1.txt"}'
        assert origins == ["PromptTemplates: 'a {}.' and 1 more"] * 2 + [article] * 3
        assert opened.origins.dtype == np.int32 and opened.origins.shape == (len(opened),)
        assert len(opened.origin_names) == 1 + 3


def test_repeated_sentences_are_dropped_where_that_is_asked_for(wiki, tmp_path):
    (wiki / 'desc_1.txt').write_text('One. one? Two. ONE.')
    cfg = dict(sources=[dict(type='WikiTexts', root=str(wiki))], cache_dir=str(tmp_path / 'c'))
    whole = TextCorpus(CLASSES, **cfg)
    assert TextCorpus(CLASSES, **cfg, drop_repeated=False).fingerprint == whole.fingerprint
    assert whole.sentences[1] == ['One.', 'one?', 'Two.', 'ONE.']
    assert TextCorpus.cached_fingerprint(dict(cfg, drop_repeated=True), CLASSES) is None
    corpus = TextCorpus.from_cfg(dict(cfg, drop_repeated=True), CLASSES)
    assert corpus.sentences[1] == ['One.', 'Two.'] and len(corpus.origins) == len(corpus)
    assert corpus.fingerprint != whole.fingerprint
    found = TextCorpus.cached_fingerprint(dict(cfg, drop_repeated=True), CLASSES)
    assert found == corpus.fingerprint
    with pytest.raises(ValueError, match="drop_repeated is 'yes'; give True or False"):
        TextCorpus(CLASSES, **cfg, drop_repeated='yes')


def test_warm_start_reads_no_text(wiki, tmp_path, monkeypatch):
    first = make_corpus(wiki, tmp_path / 'cache')
    monkeypatch.setattr(
        'vlltr_mm.datasets.corpus.text_corpus.gather_text', lambda *a: pytest.fail('text was read')
    )
    second = make_corpus(wiki, tmp_path / 'cache')
    assert second.fingerprint == first.fingerprint
    assert second.sentences == first.sentences


def test_fingerprint_follows_every_name_and_sentence(tmp_path):
    def fingerprint(classes, sentences):
        (tmp_path / 'a.json').write_text(json.dumps(sentences))
        (tmp_path / 'cache').mkdir(exist_ok=True)
        shutil.rmtree(tmp_path / 'cache')
        source = dict(type='JsonDescriptions', path=str(tmp_path / 'a.json'), by='index')
        return TextCorpus(classes, [source], cache_dir=str(tmp_path / 'cache')).fingerprint

    names, texts = ['fox', 'sea'], [['One.', 'Two.'], ['Three.']]
    prints = [
        fingerprint(names, texts),
        fingerprint(names[::-1], texts),
        fingerprint(names, texts[::-1]),
        fingerprint(['fox', 'Sea'], texts),
        fingerprint(names, [['Two.', 'One.'], ['Three.']]),
        fingerprint(names, [['One.'], ['Two.', 'Three.']]),
        fingerprint(names, [['One.', 'Two.'], ['Three']]),
        fingerprint(names, [['one.', 'Two.'], ['Three.']]),  # the same tokens
    ]
    assert len(set(prints)) == len(prints)
    assert fingerprint(names, texts) == prints[0]


def test_cached_fingerprint(wiki, tmp_path, monkeypatch):
    cfg = dict(
        type='TextCorpus',
        sources=[dict(type='WikiTexts', root=str(wiki)), PROMPTS],
        cache_dir=str(tmp_path / 'cache'),
    )
    assert TextCorpus.cached_fingerprint(cfg, CLASSES) is None
    assert not (tmp_path / 'cache').exists()
    corpus = TextCorpus.from_cfg(cfg, CLASSES)
    monkeypatch.setattr(
        'vlltr_mm.datasets.corpus.text_corpus.read_corpus', lambda folder: pytest.fail('opened')
    )
    assert TextCorpus.cached_fingerprint(cfg, CLASSES) == corpus.fingerprint
    assert TextCorpus.cached_fingerprint(dict(cfg, classes=CLASSES), None) == corpus.fingerprint
    assert TextCorpus.cached_fingerprint(corpus, CLASSES) == corpus.fingerprint
    assert TextCorpus.cached_fingerprint(cfg, CLASSES[::-1]) is None
    with pytest.raises(ValueError, match="no 'classes'"):
        TextCorpus.cached_fingerprint(cfg, None)
    (wiki / 'desc_1.txt').write_text('Changed.')
    assert TextCorpus.cached_fingerprint(cfg, CLASSES) is None


def test_pickle_is_the_path_only(wiki, tmp_path):
    corpus = make_corpus(wiki, tmp_path / 'cache')
    assert corpus.sentences
    data = pickle.dumps(corpus)
    assert len(data) < 500
    copy = pickle.loads(data)
    assert copy.fingerprint == corpus.fingerprint
    assert torch.equal(copy.tokens(1), corpus.tokens(1))


def test_bad_input_is_found_before_tokenising(wiki, tmp_path, monkeypatch):
    monkeypatch.setattr(ClipTokenizer, 'encode', lambda self, texts: pytest.fail('tokenised'))
    (wiki / 'desc_2.txt').write_bytes(b'\xff')
    with pytest.raises(ValueError, match="class 2 'sea'"):
        make_corpus(wiki, tmp_path / 'cache')


def test_one_warning_on_cold_and_warm_start(wiki, tmp_path, monkeypatch):
    (wiki / 'desc_1.txt').unlink()
    lines = []
    monkeypatch.setattr(
        warn_once_module,
        'print_log',
        lambda message, **kwargs: lines.append((kwargs['level'], message)),
    )
    for _ in range(2):
        warn_once_module.warn_once.cache_clear()
        make_corpus(wiki, tmp_path / 'cache')
        make_corpus(wiki, tmp_path / 'cache')
    assert len(lines) == 2 and lines[0] == lines[1]
    assert lines[0][0] == logging.WARNING
    assert "desc_1.txt does not exist (class 1 'crane'); 1 of 3" in lines[0][1]


@pytest.mark.parametrize('base', [CorpusSource, object])
def test_a_source_of_ones_own(base, tmp_path):
    class Legs(base):
        is_prompts = False

        def __init__(self, legs):
            self.legs = legs

        def identity(self, classes):
            return dict(type='Legs', legs=self.legs)

        def read(self, classes):
            return SourceText([[f'{c}: {n} legs.'] * (n > 0) for c, n in zip(classes, self.legs)])

    TASK_UTILS.register_module(module=Legs, force=True)

    def corpus(*legs, **more):
        sources = [dict(type='Legs', legs=legs), *more.values()]
        return TextCorpus(CLASSES, sources, cache_dir=str(tmp_path))

    first = corpus(4, 2, 1)
    assert first.sentences == [['red fox: 4 legs.'], ['crane: 2 legs.'], ['sea: 1 legs.']]
    assert [first.origin(s) for s in range(3)] == ['Legs'] * 3
    assert corpus(4, 2, 3).fingerprint != first.fingerprint
    assert corpus(4, 2, 0, prompts=PROMPTS).sentences[2] == ['a sea.', 'the sea. It']
    with pytest.raises(ValueError, match="Class 2 'sea' has no sentence"):
        corpus(4, 2, 0)


def test_from_cfg(wiki, tmp_path):
    cfg = dict(type='TextCorpus', sources=[PROMPTS], cache_dir=str(tmp_path / 'c'))
    corpus = TextCorpus.from_cfg(cfg, CLASSES)
    assert corpus.classes == tuple(CLASSES) and 'classes' not in cfg
    assert TextCorpus.from_cfg(corpus, CLASSES) is corpus
    with pytest.raises(ValueError, match="no 'classes'"):
        TextCorpus.from_cfg(cfg, None)
    with pytest.raises(ValueError, match='3 classes, the data set 2'):
        TextCorpus.from_cfg(corpus, CLASSES[:2])
    with pytest.raises(ValueError, match="another order: 0 is 'red fox' there, 'sea' here"):
        TextCorpus.from_cfg(corpus, CLASSES[::-1])
    with pytest.raises(ValueError, match='another order'):
        TextCorpus.from_cfg(dict(cfg, classes=CLASSES[::-1]), CLASSES)
    renamed = TextCorpus.from_cfg(dict(cfg, classes=['fox', 'crane bird', 'sea']), CLASSES)
    assert renamed.sentences[1] == ['a crane bird.', 'the crane bird. It']


@pytest.mark.parametrize(
    'classes,sources,match',
    [
        ([], [PROMPTS], 'classes is'),
        ('fox', [PROMPTS], "classes is 'fox'"),
        (CLASSES, [], 'sources is'),
        (CLASSES, PROMPTS, 'sources is'),
    ],
)
def test_bad_arguments(tmp_path, classes, sources, match):
    with pytest.raises(ValueError, match=match):
        TextCorpus(classes, sources, cache_dir=str(tmp_path))
