"""Prompts by the name of a set, from a file, and for a kind of classes."""

import os

import open_clip
import pytest
from tiny_corpus import CLASSES

from vlltr_mm.datasets import PromptTemplates, TextCorpus
from vlltr_mm.datasets.corpus.gathering import gather_text
from vlltr_mm.datasets.corpus.prompt_sets import PROMPT_SETS, prompt_set, prompt_source

BEST = [
    'itap of a {}.',
    'a bad photo of the {}.',
    'a origami {}.',
    'a photo of the large {}.',
    'a {} in a video game.',
    'art of the {}.',
    'a photo of the small {}.',
]


def texts(*args, **kwargs):
    """Return what templates make of a crane, and what they are called."""
    text = PromptTemplates(*args, **kwargs).read(['crane'])
    assert text.origins == [[0] * len(text.sentences[0])]
    return text.sentences[0], text.origin_names[0]


def test_the_sets():
    every = [fill('crane') for fill in open_clip.OPENAI_IMAGENET_TEMPLATES]
    assert texts() == texts('imagenet') == (every, 'PromptTemplates: imagenet')
    best = [template.replace('{}', 'crane') for template in BEST]
    assert texts('imagenet_best') == (best, 'PromptTemplates: imagenet_best')
    assert texts('photo') == (['a photo of a crane.'], 'PromptTemplates: photo')
    bird, called = texts('fine_grained', kind='bird')
    assert bird == ['a photo of a crane, a type of bird.']
    assert called == "PromptTemplates: 'a photo of a {}, a type of bird.'"
    seen, _ = texts('satellite')
    assert len(seen) == len(set(seen)) == 21
    assert {'satellite imagery of crane.', 'aerial view of the crane.'} < set(seen)
    assert 'a centered satellite photo of a crane.' in seen
    assert all('{}' in template for name in PROMPT_SETS for template in prompt_set(name))


def test_the_same_templates_are_the_same_text_in_the_cache():
    identity = PromptTemplates().identity(CLASSES)
    assert identity == dict(type='PromptTemplates', templates=prompt_set('imagenet'))
    assert PromptTemplates('imagenet').identity(CLASSES) == identity
    assert PromptTemplates(BEST).identity(CLASSES) == PromptTemplates('imagenet_best').identity(
        CLASSES
    )
    assert texts(BEST) == texts('imagenet_best')  # so they are called alike, too


def test_kind_belongs_to_templates_that_say_it(tmp_path):
    own = ['{kind}: a {}.', 'a {}.']
    assert texts(own, kind=' water bird ')[0] == ['water bird: a crane.', 'a crane.']
    (tmp_path / 'own.txt').write_text('\n'.join(own))
    assert texts(tmp_path / 'own.txt', kind='bird')[0] == ['bird: a crane.', 'a crane.']
    for templates in ('fine_grained', own):
        with pytest.raises(ValueError, match="give kind, such as kind='bird'"):
            PromptTemplates(templates)
    for templates in (None, 'photo', ['a {}.']):
        with pytest.raises(ValueError, match="kind is 'bird', but no template .*'{kind}'"):
            PromptTemplates(templates, kind='bird')
    for kind in ('', ' ', 3, '{}', '\0'):
        with pytest.raises(ValueError, match='kind is .*; give what the classes are'):
            PromptTemplates('fine_grained', kind=kind)
    with pytest.raises(ValueError, match='own.txt says what the classes are; give kind'):
        PromptTemplates(str(tmp_path / 'own.txt')).read(['crane'])


@pytest.mark.parametrize('templates', ['imagenets', 'IMAGENET', '', 'a photo of a {}.', 'a/b {}'])
def test_an_unknown_name_lists_those_there_are(templates):
    with pytest.raises(ValueError, match="templates is .*'imagenet_best'.*'satellite'|path of a f"):
        PromptTemplates(templates)


def test_templates_of_a_file(tmp_path, monkeypatch):
    path = tmp_path / 'own.txt'
    path.write_bytes(b'\xef\xbb\xbfa {}.\r\n\n  the {}. It \n')
    assert texts(str(path)) == (['a crane.', 'the crane. It'], f'PromptTemplates: {path}')
    monkeypatch.chdir(tmp_path)
    assert texts('own.txt')[1] == 'PromptTemplates: own.txt'
    assert texts(f'.{os.sep}own.txt')[0] == texts(path)[0]
    corpora = [
        TextCorpus(CLASSES, [dict(type='PromptTemplates', templates=t)], cache_dir=str(tmp_path))
        for t in (str(path), ['a {}.', 'the {}. It'])
    ]
    assert corpora[0].fingerprint == corpora[1].fingerprint
    assert [corpus.origin(0) for corpus in corpora] == [
        f'PromptTemplates: {path}',
        "PromptTemplates: 'a {}.' and 1 more",
    ]
    path.write_text('an {}.')
    os.utime(path, ns=(1, 1))
    changed = TextCorpus(
        CLASSES, [dict(type='PromptTemplates', templates=str(path))], cache_dir=str(tmp_path)
    )
    assert changed.sentence(0) == 'an red fox.'


@pytest.mark.parametrize(
    'content,match',
    [
        (b'a {}.\na photo\n', "own.txt, line 2: 'a photo' has no '{}'"),
        (b'a {}.\n{}\0\n', 'own.txt'),
        (b'\n \n', 'own.txt has no template'),
        (b'', 'own.txt has no template'),
        (b'a {} \xff', 'own.txt.*UTF'),
    ],
)
def test_files_that_are_refused(tmp_path, content, match):
    (tmp_path / 'own.txt').write_bytes(content)
    source = PromptTemplates(str(tmp_path / 'own.txt'))  # is opened only when it is read
    with pytest.raises(ValueError, match=match):
        gather_text(CLASSES, [source])


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.txt'):
        gather_text(CLASSES, [PromptTemplates(tmp_path / 'none.txt')])


@pytest.mark.parametrize(
    'given,templates',
    [
        ([], None),
        (['photo'], 'photo'),
        (['own.txt'], 'own.txt'),
        (['a {}.'], ['a {}.']),
        (['a {}.', '{}'], ['a {}.', '{}']),
    ],
)
def test_what_a_command_line_gives(given, templates, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'own.txt').write_text('a {}.')
    said = dict(templates=templates) if templates else {}
    assert prompt_source(given) == dict(type='PromptTemplates', **said)


def test_a_command_line_is_checked_at_once(tmp_path):
    assert prompt_source(['fine_grained'], 'bird')['kind'] == 'bird'
    for given, match in (
        (['nix'], "templates is 'nix'"),
        (['photo', 'a {}.'], "templates has 'photo'"),
        (['fine_grained'], 'give kind'),
    ):
        with pytest.raises(ValueError, match=match):
            prompt_source(given)
    with pytest.raises(FileNotFoundError, match='own.txt'):
        prompt_source([str(tmp_path / 'own.txt')])
