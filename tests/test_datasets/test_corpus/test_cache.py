"""The files of a corpus are made once, whole, and checked."""

import json
import multiprocessing
import os
import re
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from class_texts import write_json
from tiny_corpus import CLASSES, PROMPTS, make_corpus, write_articles

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.datasets.corpus import cache as corpus_cache
from vlltr_mm.datasets.corpus import corpus_files
from vlltr_mm.datasets.corpus import tokenizer as corpus_tokenizer
from vlltr_mm.datasets.corpus.gathering import gather_text


@pytest.fixture
def wiki(tmp_path):
    return write_articles(tmp_path)


def test_key_and_fingerprint_follow_the_content(wiki, tmp_path):
    cache = tmp_path / 'cache'
    base = make_corpus(wiki, cache)
    assert make_corpus(wiki, tmp_path / 'other').fingerprint == base.fingerprint
    prints = {base.fingerprint}
    prints.add(make_corpus(wiki, cache, ['red fox', 'Crane', 'sea']).fingerprint)
    prints.add(TextCorpus(CLASSES, [PROMPTS], cache_dir=str(cache)).fingerprint)
    prints.add(
        TextCorpus(
            CLASSES, [dict(type='PromptTemplates', templates=['a {}.'])], cache_dir=str(cache)
        ).fingerprint
    )
    (wiki / 'desc_2.txt').write_text('Sky.')  # as long as before
    os.utime(wiki / 'desc_2.txt', ns=(1, 1))
    prints.add(make_corpus(wiki, cache).fingerprint)
    assert len(prints) == 5
    assert len([p for p in cache.iterdir() if p.is_dir()]) == 5


# As before sentences had origins: anchors and checkpoints of then still fit.
FINGERPRINTS = {
    'articles': '58b42cbeac1b46fd787a40ff4af99ccce835a457387de2f08b1da0b8f08b211f',
    'imagenet': '43a3fe683350e268fe709c7fa5c1e5f62c9f8c2691a103c48cbe5d510ef37875',
    'json': 'fbf0ed9fb8ac007c7d1d7900c204eaa0e940f5e6c991e0ad9fbf4f6a305dc89a',
}


def test_fingerprints_of_earlier_versions(wiki, tmp_path):
    file = write_json(
        tmp_path, {'red fox': ['A fox.', 'A fox!'], 'crane': ['It flies.'], 'sea': ['Wet.']}
    )
    prompts = [dict(type='PromptTemplates')]
    cache = str(tmp_path / 'cache')
    given = [dict(type='JsonDescriptions', path=str(file))]
    given.append(dict(type='PromptTemplates', templates=['a {}.']))
    made = dict(
        articles=make_corpus(wiki, cache),
        imagenet=TextCorpus(['circle', 'red square', 'tea pot'], prompts, cache_dir=cache),
        json=TextCorpus(CLASSES, given, cache_dir=cache),
    )
    assert {name: corpus.fingerprint for name, corpus in made.items()} == FINGERPRINTS


def test_the_cache_of_an_earlier_layout_is_left_alone(wiki, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus_cache, 'LAYOUT_VERSION', 1)
    made = make_corpus(wiki, tmp_path / 'cache')
    old = next((tmp_path / 'cache').glob('*/'))
    meta = json.loads((old / 'meta.json').read_text())
    (old / 'meta.json').write_text(json.dumps({k: meta[k] for k in ('fingerprint', 'warning')}))
    (old / 'origins.npy').unlink()
    with pytest.raises(RuntimeError, match='origin_names.*delete this folder'):
        corpus_files.read_corpus(str(old))
    monkeypatch.undo()
    again = make_corpus(wiki, tmp_path / 'cache')
    assert again.fingerprint == made.fingerprint
    assert again.origin(2) == f'WikiTexts: {wiki / "desc_0.txt"}'
    assert len([*(tmp_path / 'cache').glob('*/')]) == 2 and not (old / 'origins.npy').exists()


def test_versions_are_in_the_key(monkeypatch):
    keys = [corpus_cache.cache_key(CLASSES, [])]
    for version in ('FORMAT_VERSION', 'RULES_VERSION', 'LAYOUT_VERSION'):
        monkeypatch.setattr(corpus_cache, version, -1)
        keys.append(corpus_cache.cache_key(CLASSES, []))
    monkeypatch.setattr(corpus_cache.ClipTokenizer, 'version', lambda self: 'new')
    keys.append(corpus_cache.cache_key(CLASSES, []))
    assert len(set(keys)) == 5


def test_several_processes_give_the_same_files(wiki, tmp_path, monkeypatch):
    one = make_corpus(wiki, tmp_path / 'a', num_workers=1)
    monkeypatch.setattr(corpus_tokenizer, '_LARGE', 2)
    monkeypatch.setattr(corpus_tokenizer, '_CHUNK', 5)
    two = make_corpus(wiki, tmp_path / 'b', num_workers=2)
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
        return gather_text(*args)

    text_corpus.gather_text = gather
    return make_corpus(wiki, cache).fingerprint


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
        make_corpus(wiki, tmp_path / 'cache')
    assert not [p for p in (tmp_path / 'cache').iterdir() if p.is_dir()]
    (wiki / 'desc_1.txt').write_bytes(b'Good.')
    assert make_corpus(wiki, tmp_path / 'cache').sentences[1][-1] == 'Good.'


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
        make_corpus(wiki, tmp_path / 'file' / 'cache')


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
        (_array('origins', lambda origins: origins.fill(0)), 'not what was written'),
        (_array('origins', lambda origins: origins.fill(9)), 'origins.npy does not fit'),
        (_array('origins', lambda origins: origins.fill(-1)), 'origins.npy does not fit'),
        (lambda folder: np.save(folder / 'origins.npy', np.zeros(3, np.int32)), 'origins.npy'),
        (lambda folder: (folder / 'origins.npy').unlink(), 'No such file'),
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
    whole = make_corpus(wiki, tmp_path / 'cache')
    sentences = whole.sentences
    folder = next((tmp_path / 'cache').glob('*/'))
    damage(folder)
    if 'not what was written' not in match:  # found without the classes
        with pytest.raises(RuntimeError, match=f'{match}.*delete this folder'):
            corpus_files.read_corpus(str(folder))
    again = make_corpus(wiki, tmp_path / 'cache')
    assert re.match(f'The cached corpus .{folder}. is damaged .*{match}', said[0])
    assert again.sentences == sentences and again.fingerprint == whole.fingerprint
    assert [p for p in (tmp_path / 'cache').iterdir() if p.is_dir()] == [folder]
    make_corpus(wiki, tmp_path / 'cache')
    assert len(said) == 1


@pytest.mark.skipif(os.name != 'posix', reason='modes are POSIX')
def test_the_mode_of_the_umask(wiki, tmp_path):
    old = os.umask(0o027)
    try:
        make_corpus(wiki, tmp_path / 'cache')
    finally:
        os.umask(old)
    folder = next((tmp_path / 'cache').glob('*/'))
    assert [p.stat().st_mode & 0o777 for p in (folder, folder / 'ids.npy')] == [0o750, 0o640]
