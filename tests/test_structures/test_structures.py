"""Banks and anchors survive their files and refuse nonsense."""

import csv
import json

import pytest
import torch

from vlltr_mm.structures import AnchorSet, FeatureBank, tensor_file, write_readable


def test_bank_round_trip(tmp_path):
    bank = FeatureBank(torch.randn(3, 2), torch.tensor([0, 2, 1]), {'a': [1]})
    path = str(tmp_path / 'new' / 'bank.safetensors')
    bank.save(path)
    again = FeatureBank.load(path)
    assert torch.equal(bank.feats, again.feats) and again.meta == {'a': [1]}
    assert torch.equal(bank.labels, again.labels)
    assert [p.name for p in (tmp_path / 'new').iterdir()] == ['bank.safetensors']


def test_a_broken_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'bank.safetensors'
    FeatureBank(torch.ones(1, 2), torch.tensor([0])).save(str(path))

    def fail(tensors, path, metadata):
        with open(path, 'wb') as file:
            file.write(b'half')
        raise OSError('the disk is full')

    monkeypatch.setattr(tensor_file, 'save_file', fail)
    with pytest.raises(OSError, match='full'):
        FeatureBank(torch.zeros(1, 2), torch.tensor([0])).save(str(path))
    assert FeatureBank.load(str(path)).feats.tolist() == [[1, 1]]
    assert [p.name for p in tmp_path.iterdir()] == ['bank.safetensors']


def test_class_means_equal_the_loop():
    feats = torch.randn(9, 3)
    labels = torch.tensor([0, 2, 2, 0, 2, 4, 0, 4, 2])
    means = FeatureBank(feats, labels).class_means(6)
    for c in range(6):
        own = [feats[i] for i in range(9) if labels[i] == c]
        expected = sum(own) / len(own) if own else torch.zeros(3)
        torch.testing.assert_close(means[c], expected)
    assert FeatureBank(feats.half(), labels).class_means(6).dtype == torch.float32


def test_bank_shapes_are_checked():
    with pytest.raises(ValueError, match=r'feats is \(2, 3\) and labels \(3'):
        FeatureBank(torch.ones(2, 3), torch.zeros(3))


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


def test_a_stored_bank_is_known_by_its_origin(tmp_path):
    path = str(tmp_path / 'bank.safetensors')
    made_from = dict(corpus='a', teacher='b')
    assert not FeatureBank.is_stored(path, made_from)
    FeatureBank(torch.zeros(1, 2), torch.zeros(1).long(), dict(made_from, more=1)).save(path)
    assert FeatureBank.is_stored(path, made_from)
    assert not FeatureBank.is_stored(path, dict(made_from, teacher='c'))
