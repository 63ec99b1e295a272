"""Anchors survive their files, refuse nonsense and can be read by people."""

import csv
import json

import pytest
import torch

from vlltr_mm.structures import AnchorSet, FeatureBank, write_readable


def make_anchors():
    return AnchorSet(
        torch.randn(2, 2, 3),
        torch.tensor([[True, True], [True, False]]),
        torch.tensor([[1.0, 2.0], [3.0, float('nan')]]),
        torch.tensor([[1, 0], [3, -1]]),
        logit_scale=2.5,
        classes=['cat', 'dog'],
        meta=dict(selector='AnSS'),
    )


def test_anchor_round_trip(tmp_path):
    anchors, path = make_anchors(), str(tmp_path / 'anchors.safetensors')
    anchors.save(path)
    again = AnchorSet.load(path)
    for name in ('feats', 'mask', 'losses', 'sentence_ids'):
        torch.testing.assert_close(getattr(again, name), getattr(anchors, name), equal_nan=True)
    assert (again.logit_scale, again.classes) == (2.5, ['cat', 'dog'])
    assert again.meta == dict(selector='AnSS')


def test_anchor_shapes_are_checked():
    with pytest.raises(ValueError, match='with 1 classes do not fit'):
        AnchorSet(
            torch.zeros(2, 2, 3),
            torch.zeros(2, 2),
            torch.zeros(2, 2),
            torch.zeros(2, 2),
            0.0,
            ['cat'],
        )


def test_other_files_are_no_anchors(tmp_path):
    path = str(tmp_path / 'bank.safetensors')
    FeatureBank(torch.ones(1, 2), torch.zeros(1).long()).save(path)
    with pytest.raises(ValueError, match='holds no anchors'):
        AnchorSet.load(path)
    anchors = str(tmp_path / 'anchors.safetensors')
    make_anchors().save(anchors)
    with pytest.raises(ValueError, match='holds no features with labels'):
        FeatureBank.load(anchors)
    with pytest.raises(FileNotFoundError, match='missing'):
        AnchorSet.load(str(tmp_path / 'missing'))
    (tmp_path / 'text').write_text('hello, this is not a tensor file')
    with pytest.raises(ValueError, match='not a safetensors file'):
        AnchorSet.load(str(tmp_path / 'text'))


@pytest.mark.parametrize(
    'name, value, message',
    [
        ('sentence_ids', torch.tensor([[1, 0], [-2, -1]]), 'anchors that are no sentence .*id -2'),
        ('sentence_ids', torch.ones(2, 2) / 2, r'anchor_sentence_ids is \(2, 2\) of torch.float32'),
        ('losses', torch.full((2, 2), float('inf')), 'anchor_losses has 4 numbers that are not'),
        ('losses', torch.ones(2, 2, dtype=torch.long), r'anchor_losses is \(2, 2\) of torch.int64'),
        ('mask', torch.ones(2, 2), r'anchor_mask is \(2, 2\) of torch.float32'),
    ],
)
def test_odd_tensors_are_refused_at_reading(tmp_path, name, value, message):
    anchors, path = make_anchors(), str(tmp_path / 'anchors.safetensors')
    setattr(anchors, name, value)
    anchors.save(path)
    with pytest.raises(ValueError, match=f'anchors.safetensors.*{message}'):
        AnchorSet.load(path)


def test_readable_files_list_all_sentences_best_first(tmp_path):
    path = tmp_path / 'anchors.safetensors'
    write_readable(
        str(path), make_anchors(), [['a', 'b', 'ü'], ['d']], torch.tensor([2.0, 1.0, 9.0, 3.0])
    )
    cat, dog = json.loads((tmp_path / 'anchors.json').read_text())
    assert [(s['sentence'], s['l_lin'], s['anchor']) for s in cat['sentences']] == [
        ('b', 1.0, True),
        ('a', 2.0, True),
        ('ü', 9.0, False),
    ]
    assert dog['name'] == 'dog' and len(dog['sentences']) == 1
    with open(tmp_path / 'anchors.csv', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert [row['sentence'] for row in rows] == ['b', 'a', 'ü', 'd']
    assert rows[3]['index'] == '1' and rows[3]['anchor'] == 'True'
    assert 'ü' in (tmp_path / 'anchors.json').read_text(encoding='utf-8')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['anchors.csv', 'anchors.json']


def test_sentences_without_a_score_are_null_in_json(tmp_path):
    write_readable(
        str(tmp_path / 'anchors.safetensors'),
        make_anchors(),
        [['a', 'b', 'c'], ['d']],
        torch.full((4,), float('nan')),
    )

    def refuse(constant):
        raise AssertionError(f'{constant} is not JSON')

    text = (tmp_path / 'anchors.json').read_text()
    cat, _ = json.loads(text, parse_constant=refuse)
    assert [s['l_lin'] for s in cat['sentences']] == [None] * 3
    with open(tmp_path / 'anchors.csv', encoding='utf-8') as file:
        assert {row['l_lin'] for row in csv.DictReader(file)} == {''}
