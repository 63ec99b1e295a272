"""Prompts, classes and what is asked of them."""

import pytest

from vlltr_mm.apis.language_models import (
    PROMPT_SETS,
    Plan,
    Prompt,
    Sampling,
    choose_classes,
    choose_prompts,
    read_classes,
    read_prompts,
)
from vlltr_mm.apis.language_models.answers import Answer
from vlltr_mm.apis.language_models.asking import Price, cost_so_far, expected_cost
from vlltr_mm.apis.language_models.plan import Request
from vlltr_mm.apis.language_models.prompts import fill

CLASSES = ('crane', 'red_fox', 'owl', 'crane')


def make_plan(**settings):
    prompts = (Prompt('Describe a {}.'), Prompt('List parts of the {}.', True))
    return Plan(CLASSES, **{**dict(prompts=prompts, sampling=Sampling('m')), **settings})


@pytest.mark.parametrize(
    'template, name, kind, text',
    [
        ('What is a {}?', 'owl', None, 'What is an owl?'),
        ('What is an {}?', 'crane', None, 'What is a crane?'),
        ('A(n) {} is', 'owl', None, 'An owl is'),
        ('A {} is', 'unicorn', None, 'A unicorn is'),
        ('a {}, the {}', 'egg', None, 'an egg, the egg'),
        ('What is a {}?', 'crane', 'bird', 'What is a crane, a type of bird?'),
        (
            'What does a {} look like?',
            'crane',
            'bird',
            'What does a crane, a type of bird, look like?',
        ),
        ('A {}', 'crane', 'bird', 'A crane, a type of bird'),
    ],
)
def test_filling(template, name, kind, text):
    assert fill(template, name, kind) == text


def test_every_set_can_be_filled():
    for prompts in PROMPT_SETS.values():
        assert len(set(prompts)) == len(prompts)
        assert all('{}' not in fill(prompt.text, 'owl', 'bird') for prompt in prompts)
        assert all(fill(prompt.text, 'owl').count('owl') == 1 for prompt in prompts)
    assert {prompt.lists for prompt in PROMPT_SETS['features']} == {True}


def test_prompts_of_sets_and_files(tmp_path):
    file = tmp_path / 'prompts.txt'
    file.write_text('Draw a {}.\n\n  list: parts of a {}\n')
    own = (Prompt('Draw a {}.'), Prompt('parts of a {}', True))
    assert read_prompts(str(file)) == own
    sets = PROMPT_SETS['features']
    assert choose_prompts([str(file), 'features', 'features']) == own + sets
    for content, message in (
        ('Draw a {}.\nDraw.\n', "line 2: 'Draw.' has no '{}'"),
        ('A {}.\n\nA {}.\n', 'line 3 repeats line 1'),
        (' \n', 'has no prompt; write one a line'),
    ):
        file.write_text(content)
        with pytest.raises(ValueError, match=f'prompts.txt.*{message}'):
            read_prompts(str(file))
    with pytest.raises(ValueError, match="'feature' are no file and none of the sets desc"):
        choose_prompts(['feature'])
    with pytest.raises(ValueError, match='There is no prompt'):
        choose_prompts([])


def test_classes_of_files(tmp_path):
    (tmp_path / 'labels.txt').write_text('n2 1 owl\nn1 0 red_fox\n')
    (tmp_path / 'names.txt').write_text('owl\n\nred fox\n')
    labels, names = str(tmp_path / 'labels.txt'), str(tmp_path / 'names.txt')
    assert read_classes(labels, None) == ('red fox', 'owl')
    assert read_classes(None, names) == ('owl', 'red fox')
    for given in ((None, None), (labels, names)):
        with pytest.raises(ValueError, match='Give either'):
            read_classes(*given)
    (tmp_path / 'names.txt').write_text('owl\nowl\n')
    with pytest.raises(ValueError, match=r'names.txt: 2 classes have 1 different names'):
        read_classes(None, names)


def test_chosen_classes(tmp_path):
    assert choose_classes(['1', 'owl'], CLASSES) == {1, 2}
    assert choose_classes(['Red fox'.lower(), 'crane'], CLASSES) == {0, 1, 3}
    file = tmp_path / 'chosen.txt'
    file.write_text('2\n\nred-fox\n')
    assert choose_classes([str(file)], CLASSES) == {1, 2}
    file.write_text('2\n9\n')
    with pytest.raises(ValueError, match=r"chosen.txt, line 2: '9' is no name .* 0 .. 3"):
        choose_classes([str(file)], CLASSES)
    with pytest.raises(ValueError, match='no class is chosen'):
        choose_classes([' '], CLASSES)


def test_each_name_is_asked_once():
    plan = make_plan(answers=2)
    requests = list(plan.requests())
    assert len(requests) == len(set(requests)) == 3 * 2 * 2
    assert {request.label for request in requests} == {0, 1, 2}
    assert requests[:3] == [Request(0, 0, 0), Request(0, 0, 1), Request(0, 1, 0)]
    assert {r.label for r in make_plan(chosen=frozenset({3})).requests()} == {0}
    assert plan.question(1, 1) == 'List parts of the red fox.'


def test_the_body_of_a_request():
    assert make_plan().body(Request(2, 0, 1)) == dict(
        model='m',
        messages=[dict(role='user', content='Describe an owl.')],
        temperature=0.7,
        max_tokens=200,
    )
    more = dict(max_tokens=None, max_completion_tokens=9)
    sampling = Sampling('m', None, 5, seed=3, system='Be brief.', more=more)
    body = make_plan(sampling=sampling).body(Request(2, 0, 1))
    assert body == dict(
        model='m',
        messages=[
            dict(role='system', content='Be brief.'),
            dict(role='user', content='Describe an owl.'),
        ],
        seed=4,
        max_completion_tokens=9,
    )


@pytest.mark.parametrize(
    'settings, message',
    [
        (dict(model=' '), "model is ' '"),
        (dict(model='m', temperature=-1), 'temperature is -1'),
        (dict(model='m', temperature=float('nan')), 'temperature is nan'),
        (dict(model='m', max_tokens=0), 'max_tokens is 0'),
        (dict(model='m', seed=-1), 'seed is -1'),
        (dict(model='m', system=''), "system is ''"),
        (dict(model='m', more=dict(stream=True)), "key 'stream' of a request is set already"),
    ],
)
def test_odd_sampling_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Sampling(**settings)


def test_cost_is_the_sum_and_the_mean():
    plan, price = make_plan(), Price(2, 10)
    guess = expected_cost(plan, {}, price)
    letters = sum(len(plan.question(r.label, r.prompt)) for r in plan.requests())
    assert (guess.prompt, guess.completion) == (letters / 4 + 60, 6 * 80)
    assert guess.price == pytest.approx((2 * guess.prompt + 10 * 480) / 1e6)
    answers = {
        Request(0, 0, 0): Answer('a', prompt_tokens=10, completion_tokens=30),
        Request(0, 1, 0): Answer('a', prompt_tokens=20, completion_tokens=50),
        Request(1, 0, 0): Answer('a'),
    }
    assert cost_so_far(answers, price) == (cost := cost_so_far(answers, price))
    assert (cost.prompt, cost.completion, cost.answers) == (30, 80, 2)
    assert cost.price == pytest.approx(860 / 1e6)
    whole = expected_cost(plan, answers, price)
    assert (whole.prompt, whole.completion) == (90, 240)
    assert whole.price == pytest.approx(3 * 860 / 1e6)
