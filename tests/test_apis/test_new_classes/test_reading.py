"""Names and sentences of new classes: what is taken, what is refused."""

import json

import pytest

from vlltr_mm.apis.new_classes import check_new_classes, read_new_classes
from vlltr_mm.datasets.corpus.clip_tokens import imagenet_templates

KNOWN = ('red square', 'Crane')


def write(folder, content):
    path = folder / 'names.json'
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_sentences_and_templates(tmp_path):
    given = {' heron ': [' It stands. ', 'It fishes.', 'It stands.'], 'cafe\u0301': None}
    found = read_new_classes(write(tmp_path, given), KNOWN)
    assert list(found) == ['heron', 'caf\u00e9']
    assert found['heron'] == ['It stands.', 'It fishes.']
    filled = [text.replace('{}', 'caf\u00e9') for text in imagenet_templates()]
    assert found['caf\u00e9'] == filled
    assert read_new_classes(write(tmp_path, ['a', 'b']), KNOWN).keys() == {'a', 'b'}


def test_names_are_those_that_the_text_tower_reads(tmp_path):
    found = read_new_classes(write(tmp_path, {'001.snow_leopard': None, '002.elk': ['It.']}), KNOWN)
    assert list(found) == ['snow leopard', 'elk']
    assert found['snow leopard'][0] == 'a bad photo of a snow leopard.'
    with pytest.raises(ValueError, match="'n01-crane' is read as 'crane', which is a class of"):
        read_new_classes(write(tmp_path, ['n01-crane', 'n02-elk']), KNOWN)


@pytest.mark.parametrize(
    'given, message',
    [
        ([], 'names no class; give an object of class name'),
        ({}, 'names no class'),
        ({'red_square': None}, "'red_square' has the name of class 0 'red square' of the model"),
        (['crane'], "'crane' has the name of class 1 'Crane' of the model"),
        (['elk', 'ELK'], "'ELK' has the name of the new class 'elk'; each class needs a name"),
        (['elk', 'elk'], "'elk' has the name of the new class 'elk'"),
        ('{"elk": null, "elk": null}', "the key 'elk' stands twice in an object"),
        ({'elk': []}, "'elk' has no sentence; give some, or null for the prompt templates"),
        ({'elk': ['It is.', ' ']}, "sentence 1 of 'elk' is ' '; it must be some text"),
        ({'elk': ['&nbsp;']}, "sentence 0 of 'elk' is '&nbsp;', in which the tokenizer finds"),
        ({'elk': ['It is.', 3]}, "sentence 1 of 'elk' is 3; it must be some text"),
        ({'elk': 'It is.'}, "'elk' is 'It is.'; it must be a list"),
        ({' ': None}, "a class name is ' '; it must be some text"),
        ([3], 'a class name is 3; it must be some text'),
        ({'e\x07lk': None}, 'no character of a name'),
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path, given, message):
    path = write(tmp_path, given)
    with pytest.raises(ValueError) as error:
        read_new_classes(path, KNOWN)
    assert message in str(error.value) and path in str(error.value)


def test_classes_of_a_person_need_no_file():
    assert check_new_classes({'elk': ['It is.']}, KNOWN, 'The form') == {'elk': ['It is.']}
    with pytest.raises(ValueError, match="The form: 'crane' has the name of class 1"):
        check_new_classes({'crane': None}, KNOWN, 'The form')
