"""Text of twenty classes, and what the corpus says of it."""

import json

import pytest

from vlltr_mm.datasets import PromptTemplates
from vlltr_mm.datasets.corpus.gathering import gather_sentences, gather_text

NAMES = ['apple', 'bear', 'bee', 'bottle', 'bridge', 'camel', 'castle', 'chair', 'cloud', 'crab']
NAMES += ['dolphin', 'fox', 'girl', 'house', 'lamp', 'lion', 'maple', 'mouse', 'orange', 'otter']
PROMPTS = PromptTemplates(['a {}.'])


def article(name):
    """Return text that names its class."""
    return f'The {name} is well known. People like it. It is seen in many places.'


def write_wiki(folder, texts):
    """Write the article, text or bytes, of each index; return the folder."""
    folder.mkdir(exist_ok=True)
    for index, text in dict(texts).items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f'desc_{index}.txt').write_bytes(data)
    return folder


def write_json(folder, content):
    """Write a.json, of values or as text; return its path."""
    path = folder / 'a.json'
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def assert_refused(source, match, classes=NAMES, error=ValueError):
    """Assert that a source is refused, alone and beside prompts."""
    for sources in ([source], [PROMPTS, source]):
        with pytest.raises(error, match=match):
            gather_sentences(classes, sources)


def notes_of(source, classes=NAMES):
    """Return what is said of a source beside prompts, where it is accepted."""
    text = gather_text(classes, [PROMPTS, source])
    assert not text.faults
    return text.notes
