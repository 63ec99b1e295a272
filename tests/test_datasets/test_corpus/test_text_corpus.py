"""The corpus, its files and its cache."""

import json
import logging
import multiprocessing
import os
import pickle
import re
import shutil
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import open_clip
import pytest
import torch
from mmpretrain.registry import TASK_UTILS

from vlltr_mm.datasets import CorpusSource, SourceText, TextCorpus
from vlltr_mm.datasets.corpus import cache as corpus_cache
from vlltr_mm.datasets.corpus.text_corpus import gather_sentences
from vlltr_mm.utils import warn_once as warn_once_module

CLASSES = ['red fox', 'crane', 'sea']
PROMPTS = dict(type='PromptTemplates', templates=['a {}.', 'the {}. It'])


@pytest.fixture
def wiki(tmp_path):
    folder = tmp_path / 'wiki'
    folder.mkdir()
    texts = ('It is r\u00e9d. It is ' + 'long ' * 90, 'One. Two. Three.', 'Sea.')
    for index, text in enumerate(texts):
        (folder / f'desc_{index}.txt').write_text(text, encoding='utf-8')
    return folder


def make(wiki, cache, classes=CLASSES, **kwargs):
    sources = [dict(type='WikiTexts', root=str(wiki)), PROMPTS]
    return TextCorpus(classes, sources, cache_dir=str(cache), **kwargs)


def test_contract(wiki, tmp_path):
    corpus = make(wiki, tmp_path / 'cache')
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


def test_warm_start_reads_no_text(wiki, tmp_path, monkeypatch):
    first = make(wiki, tmp_path / 'cache')
    monkeypatch.setattr(
        'vlltr_mm.datasets.corpus.text_corpus.gather_sentences',
        lambda *a: pytest.fail('text was read'),
    )
    second = make(wiki, tmp_path / 'cache')
    assert second.fingerprint == first.fingerprint
    assert second.sentences == first.sentences


def test_key_and_fingerprint_follow_the_content(wiki, tmp_path):
    cache = tmp_path / 'cache'
    base = make(wiki, cache)
    assert make(wiki, tmp_path / 'other').fingerprint == base.fingerprint
    prints = {base.fingerprint}
    prints.add(make(wiki, cache, ['red fox', 'Crane', 'sea']).fingerprint)
    prints.add(TextCorpus(CLASSES, [PROMPTS], cache_dir=str(cache)).fingerprint)
    prints.add(
        TextCorpus(
            CLASSES, [dict(type='PromptTemplates', templates=['a {}.'])], cache_dir=str(cache)
        ).fingerprint
    )
    (wiki / 'desc_2.txt').write_text('Sky.')  # as long as before
    os.utime(wiki / 'desc_2.txt', ns=(1, 1))
    prints.add(make(wiki, cache).fingerprint)
    assert len(prints) == 5
    assert len([p for p in cache.iterdir() if p.is_dir()]) == 5


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


def test_version_is_in_the_key(monkeypatch):
    keys = [corpus_cache.cache_key(CLASSES, [])]
    monkeypatch.setattr(corpus_cache, 'FORMAT_VERSION', -1)
    keys.append(corpus_cache.cache_key(CLASSES, []))
    monkeypatch.setattr(corpus_cache, 'tokenizer_version', lambda: 'new')
    keys.append(corpus_cache.cache_key(CLASSES, []))
    assert len(set(keys)) == 3


def test_pickle_is_the_path_only(wiki, tmp_path):
    corpus = make(wiki, tmp_path / 'cache')
    assert corpus.sentences
    data = pickle.dumps(corpus)
    assert len(data) < 500
    copy = pickle.loads(data)
    assert copy.fingerprint == corpus.fingerprint
    assert torch.equal(copy.tokens(1), corpus.tokens(1))


def test_several_processes_give_the_same_files(wiki, tmp_path, monkeypatch):
    one = make(wiki, tmp_path / 'a', num_workers=1)
    monkeypatch.setattr(corpus_cache, '_LARGE', 2)
    monkeypatch.setattr(corpus_cache, '_CHUNK', 5)
    two = make(wiki, tmp_path / 'b', num_workers=2)
    assert one.fingerprint == two.fingerprint


def _build_slowly(args):
    cache, wiki, log, locked = args
    if not locked:
        import filelock

        def refuse(*args, **kwargs):
            raise NotImplementedError('no locks on this file system')

        filelock.FileLock.acquire = refuse
    from vlltr_mm.datasets.corpus import text_corpus

    def gather(*args):
        with open(log, 'a') as file:
            file.write('x')
        return gather_sentences(*args)

    text_corpus.gather_sentences = gather
    return make(wiki, cache).fingerprint


@pytest.mark.parametrize('locked', [True, False])
def test_processes_that_start_at_once(wiki, tmp_path, locked):
    cache, log = tmp_path / 'cache', tmp_path / 'log'
    context = multiprocessing.get_context('fork')
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        prints = set(pool.map(_build_slowly, [(cache, wiki, log, locked)] * 8))
    assert len(prints) == 1
    if locked:
        assert log.read_text() == 'x'
    folders = [p for p in cache.iterdir() if p.is_dir()]
    assert len(folders) == 1  # no temporary one is left


def test_failed_build_leaves_nothing(wiki, tmp_path):
    (wiki / 'desc_1.txt').write_bytes(b'\xff')
    with pytest.raises(ValueError, match='desc_1.txt'):
        make(wiki, tmp_path / 'cache')
    assert not [p for p in (tmp_path / 'cache').iterdir() if p.is_dir()]
    (wiki / 'desc_1.txt').write_bytes(b'Good.')
    assert make(wiki, tmp_path / 'cache').sentences[1][-1] == 'Good.'


def test_bad_input_is_found_before_tokenising(wiki, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus_cache, 'encode_texts', lambda texts: pytest.fail('tokenised'))
    (wiki / 'desc_2.txt').write_bytes(b'\xff')
    with pytest.raises(ValueError, match="class 2 'sea'"):
        make(wiki, tmp_path / 'cache')


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
        make(wiki, tmp_path / 'cache')
        make(wiki, tmp_path / 'cache')
    assert len(lines) == 2 and lines[0] == lines[1]
    assert lines[0][0] == logging.WARNING
    assert "desc_1.txt does not exist (class 1 'crane'); 1 of 3" in lines[0][1]


def test_cache_dir_from_the_environment(wiki, tmp_path, monkeypatch):
    monkeypatch.setenv('VLLTR_MM_CACHE', str(tmp_path / 'env'))
    TextCorpus(CLASSES, [PROMPTS])
    assert any((tmp_path / 'env').iterdir())
    monkeypatch.delenv('VLLTR_MM_CACHE')
    monkeypatch.setenv('HOME', '/home/somebody')
    assert corpus_cache.default_cache_dir() == '/home/somebody/.cache/vlltr_mm'


def test_unusable_cache(wiki, tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError, match='file.*VLLTR_MM_CACHE'):
        make(wiki, tmp_path / 'file' / 'cache')


def _header(old, new):
    def damage(folder):
        whole = (folder / 'labels.npy').read_bytes()
        (folder / 'labels.npy').write_bytes(whole.replace(old, new))

    return damage


def _array(name, change):
    def damage(folder):
        array = np.load(folder / f'{name}.npy')
        change(array)
        np.save(folder / f'{name}.npy', array)

    return damage


def _meta(content):
    return lambda folder: (folder / 'meta.json').write_text(content)


@pytest.mark.parametrize(
    'damage,match',
    [
        (_meta('{}'), 'meta.json does not hold'),
        (_header(b"{'descr'", b"({'descr"), 'EOF'),
        (_header(b'<i8', b',i8'), 'invalid syntax'),
        (_array('labels', lambda labels: labels.__setitem__(0, 1)), 'not in ascending order'),
        (_array('id_offsets', lambda ends: ends.__setitem__(1, 10**9)), 'id_offsets.npy does not'),
        (_array('id_offsets', lambda ends: ends.__setitem__(1, 1)), 'id_offsets.npy does not'),
        (_array('text_offsets', lambda ends: ends.__setitem__(0, 1)), 'text_offsets.npy does not'),
        (_array('ids', lambda ids: ids.fill(0)), 'not what was written'),
        (_array('text', lambda text: text.fill(0)), 'not what was written'),
        (_array('labels', lambda labels: labels.fill(0)), 'not what was written'),
        (lambda folder: os.truncate(folder / 'ids.npy', 140), '(mmap length|size)'),
        (lambda folder: os.truncate(folder / 'ids.npy', 0), '(EOF|No data left)'),
        (lambda folder: (folder / 'text.npy').unlink(), 'No such file'),
        (_meta('[]'), 'meta.json does not hold'),
        (_meta('{"fingerprint": 3, "warning": null}'), 'meta.json does not hold'),
        (_meta(f'{{"fingerprint": "{"a" * 64}"}}'), 'meta.json does not hold'),
        (_meta('[' * 100000), 'recursion'),
        (lambda folder: np.save(folder / 'ids.npy', np.zeros(3)), 'ids.npy holds float64'),
        (lambda folder: np.save(folder / 'ids.npy', np.zeros(3, np.uint16)), 'id_offsets.npy'),
        (lambda folder: np.save(folder / 'labels.npy', np.zeros(3, np.int64)), 'labels.npy'),
    ],
)
def test_a_damaged_corpus_is_built_again(wiki, tmp_path, damage, match, monkeypatch):
    said = []
    monkeypatch.setattr(corpus_cache, 'print_log', lambda text, *a, **k: said.append(text))
    whole = make(wiki, tmp_path / 'cache')
    sentences = whole.sentences
    folder = next((tmp_path / 'cache').glob('*/'))
    damage(folder)
    if 'not what was written' not in match:  # found without the classes
        with pytest.raises(RuntimeError, match=f'{match}.*delete this folder'):
            corpus_cache.read_corpus(str(folder))
    again = make(wiki, tmp_path / 'cache')
    assert re.match(f'The cached corpus .{folder}. is damaged .*{match}', said[0])
    assert again.sentences == sentences and again.fingerprint == whole.fingerprint
    assert [p for p in (tmp_path / 'cache').iterdir() if p.is_dir()] == [folder]
    make(wiki, tmp_path / 'cache')
    assert len(said) == 1


@pytest.mark.skipif(os.name != 'posix', reason='modes are POSIX')
def test_the_mode_of_the_umask(wiki, tmp_path):
    old = os.umask(0o027)
    try:
        make(wiki, tmp_path / 'cache')
    finally:
        os.umask(old)
    folder = next((tmp_path / 'cache').glob('*/'))
    assert [p.stat().st_mode & 0o777 for p in (folder, folder / 'ids.npy')] == [0o750, 0o640]


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
