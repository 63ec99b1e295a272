"""Answers in every dress become sentences; what describes nothing is dropped and counted."""

import pytest

from vlltr_mm.apis.language_models.answer_lines import Unit, split_answer, without_thoughts
from vlltr_mm.apis.language_models.cleaning import clean_answer, has_name

HERON = 'A heron is a tall bird.'


def sentences(text, finish_reason='stop', name='heron', **settings):
    return clean_answer(text, finish_reason, name, **settings).sentences


@pytest.mark.parametrize(
    'text',
    [
        HERON,
        f'  {HERON}\n',
        f'"{HERON}"',
        f'“{HERON}”',
        f'«{HERON}»',
        f'**{HERON}**',
        f'*{HERON}*',
        '__A heron__ is a `tall` bird.',
        '[A heron](https://a.b/c) is a tall bird.',
        f'![heron](a.jpg) {HERON}',
        f'- {HERON}',
        f'1. {HERON}',
        f'2) {HERON}',
        f'(a) {HERON}',
        f'• {HERON}',
        f'> {HERON}',
        f'# The heron\n\n{HERON}',
        f'**The heron**\n{HERON}',
        f'Appearance:\n{HERON}',
        f'```\n{HERON}\n```',
        f'```text\n{HERON}\n```',
        f'---\n{HERON}\n***',
        f'["{HERON}"]',
        f'```json\n{{"sentences": ["{HERON}"]}}\n```',
        f'Sure! Here is a description of a heron: {HERON}',
        f'Sure! {HERON}',
        f'Certainly, here’s a short caption:\n\n"{HERON}"',
        f"Of course! Here's one:\n{HERON}",
        f'Here are two sentences about herons.\n\n{HERON}',
        f'Caption: {HERON}',
        f'{HERON} Let me know if you need more.',
        f'{HERON}\n\nI hope this helps!',
        f'{HERON} Would you like another one?',
        f'{HERON} Note that colours vary.',
        f'<think>A bird? It has {HERON}</think>{HERON}',
        f'<thinking>\na\n</thinking>\n\n{HERON}',
        f'it must be short.</think>\n{HERON}',
        f'{HERON}<think>and then',
        f'{HERON} 123. ?!',
        f'{HERON} As an AI, I have never seen one.',
        'A\u200b heron is a tall\u00a0bird.',
        'A heron\nis a tall\nbird.',
        '<p>A <b>heron</b> is a tall bird.</p>',
    ],
)
def test_one_sentence_in_many_dresses(text):
    assert sentences(text) == [HERON]


@pytest.mark.parametrize(
    'text, reason',
    [
        ("I'm sorry, but I can't describe that.", 'refusal'),
        ('I’m sorry, as an AI I cannot.', 'refusal'),
        ('As an AI language model, I do not have eyes.', 'refusal'),
        ('Sorry, but that is not possible.', 'refusal'),
        ('Unfortunately, I do not know this bird.', 'refusal'),
        ('I am unable to see images.', 'refusal'),
        ('I cannot help with that. Herons are birds.', 'refusal'),
        ('My apologies. I only know cars.', 'refusal'),
        ('', 'empty answer'),
        (' \n```\n```', 'empty answer'),
        ('<think>and so on', 'empty answer'),
        ('Sure!', 'opening or closing'),
        ('12.', 'no letters'),
        ('What is a heron?', 'question'),
        ('## Heron', 'heading'),
    ],
)
def test_answers_that_describe_nothing(text, reason):
    cleaned = clean_answer(text, 'stop', 'heron')
    assert cleaned.sentences == [] and reason in cleaned.dropped


@pytest.mark.parametrize(
    'text',
    [
        'Here is a heron standing in water.',
        'Sorrel leaves are green.',
        'It is a great bird.',
        'I-beams are made of steel.',
        'Its bill (yellow, long) is sharp!',
        'A heron hunts e.g. frogs.',
        'The St. Bernard is a dog of approx. 70 cm.',
        '"Heron" and "egret" look alike.',
        "The herons' legs are long.",
        'Its size is 3*4 to 5*6 cm.',
        'The snake_case is kept.',
        'Following the bill, the eye is yellow.',
        'Ok-coloured wings.',
    ],
)
def test_good_sentences_stay_as_they_are(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    'text, finish_reason, kept',
    [
        (f'{HERON} It eats fr', 'length', [HERON]),
        (f'{HERON} It eats fr', 'stop', [HERON]),
        (f'{HERON} It eats fr', None, [HERON]),
        (f'{HERON} It eats frogs.', 'length', [HERON, 'It eats frogs.']),
        ('A heron with lo', 'length', []),
        ('A heron with lo', None, []),
        ('A heron with long legs', 'stop', ['A heron with long legs']),
        ('- It is tall\n- It ea', 'length', ['It is tall']),
        ('- It is tall\n- It eats', 'stop', ['It is tall', 'It eats']),
        ('- It is tall\n- It eats', None, ['It is tall', 'It eats']),
        (f'{HERON} It said "no."', 'length', [HERON, 'It said "no."']),
    ],
)
def test_an_unfinished_end_is_dropped(text, finish_reason, kept):
    cleaned = clean_answer(text, finish_reason, 'heron')
    assert cleaned.sentences == kept
    assert cleaned.dropped == ({'cut off': 1} if text[-2:] in ('fr', 'lo', 'ea') else {})


def test_unicode_has_one_form():
    assert sentences('A cafe\u0301 is a room.', name='café') == ['A caf\u00e9 is a room.']
    assert sentences('A\x00 b\ufffd c.') == ['A b c.']


@pytest.mark.parametrize(
    'line, sentence',
    [
        ('long legs', 'a heron which has long legs.'),
        ('Long legs.', 'a heron which has long legs.'),
        ('A sharp bill;', 'a heron which has a sharp bill.'),
        ('S-shaped neck', 'a heron which has s-shaped neck.'),
        ('UV marks', 'a heron which has UV marks.'),
        ('is grey', 'a heron which is grey.'),
        ('are grey', 'a heron which is grey.'),
        ('have a crest', 'a heron which has a crest.'),
        ('usually stands on one leg', 'a heron which usually stands on one leg.'),
        ('found near water', 'a heron which is found near water.'),
        ('A heron has a long grey neck', 'A heron has a long grey neck.'),
    ],
)
@pytest.mark.parametrize('mark', ['- ', '3. ', ''])
def test_features_become_sentences(line, sentence, mark):
    assert sentences(f'Here is a list:\n{mark}{line}\n', lists=True) == [sentence]


def test_lines_of_a_list_are_features_each():
    text = '**Head**\n  long bill\n  yellow eyes\n\nLegs:\n* grey'
    found = sentences(text, lists=True, name='owl, Strix')
    assert [s.removeprefix('an owl which has ') for s in found] == [
        'long bill.',
        'yellow eyes.',
        'grey.',
    ]


@pytest.mark.parametrize(
    'rule, kept',
    [
        ('keep', ['It has legs.', 'Red Foxes eat.', 'A foxglove.']),
        ('require', ['Red Foxes eat.']),
        (
            'add',
            [
                'A photo of a red fox. It has legs.',
                'Red Foxes eat.',
                'A photo of a red fox. A foxglove.',
            ],
        ),
    ],
)
def test_the_name_in_the_sentence(rule, kept):
    text = 'It has legs. Red Foxes eat. A foxglove.'
    cleaned = clean_answer(text, 'stop', 'red_fox, Vulpes vulpes', rule=rule)
    assert cleaned.sentences == kept
    assert cleaned.dropped == ({'without the name': 2} if rule == 'require' else {})
    with pytest.raises(ValueError, match="rule is 'no'; allowed are keep, require, add"):
        clean_answer(text, 'stop', 'fox', rule='no')


@pytest.mark.parametrize(
    'sentence, name, found',
    [
        ('Two red-foxes.', 'red_fox', True),
        ('Vulpes vulpes is one.', 'red fox, Vulpes vulpes', True),
        ('Three butterflies.', 'butterfly', True),
        ('A T shirt.', 'T-shirt', True),
        ('C++ (a language).', 'C++', True),
        ('A foxglove.', 'fox', False),
        ('An outfox.', 'fox', False),
    ],
)
def test_names_are_found_as_words(sentence, name, found):
    assert has_name(sentence, name) == found


def test_paragraphs_and_entries():
    units, headings = split_answer('# A\nOne\ntwo.\n\nThree.\n- four\n  five\n\n| six |\n|---|\n')
    assert units == [
        Unit('One two.', False),
        Unit('Three.', False),
        Unit('four five', True),
        Unit('six', False),
    ]
    assert headings == 1
    assert split_answer('[1, 2]')[0] == [Unit('[1, 2]', False)]
    assert without_thoughts('<Think>a</THINK>b<reasoning>') == 'b'


@pytest.mark.parametrize(
    'piece', ['*', '**a', '_', '`', '[', '![', '<', '- ', '|-', '"', '<think>', '((']
)
def test_long_markup_takes_no_time(piece):
    clean_answer(piece * 200_000, 'stop', 'heron')
