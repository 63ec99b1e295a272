"""Banks survive their files and refuse nonsense."""

import pytest
import torch

from vlltr_mm.structures import FeatureBank, feature_bank, tensor_file


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


@pytest.mark.parametrize('bad', [float('nan'), float('inf'), -float('inf')])
def test_features_that_are_not_finite_are_refused(bad):
    feats = torch.ones(4, 3)
    feats[2, 1] = bad
    with pytest.raises(ValueError, match='1 of 4 features are not finite, the first in row 2, of'):
        FeatureBank(feats, torch.tensor([0, 1, 7, 1]))
    # A sum that overflows is none of it.
    assert len(FeatureBank(torch.full((4, 3), 1e308, dtype=torch.float64), torch.zeros(4))) == 4


def test_a_file_of_other_shapes_is_named(tmp_path):
    path = str(tmp_path / 'bank.safetensors')
    tensor_file.save_tensors(path, dict(feats=torch.ones(2, 3), labels=torch.tensor([0])), {})
    with pytest.raises(ValueError, match=r'bank.safetensors: feats is \(2, 3\) and labels \(1,\)'):
        FeatureBank.load(path)


def test_a_stored_bank_is_known_by_its_origin(tmp_path):
    path = str(tmp_path / 'bank.safetensors')
    made_from = dict(corpus='a', teacher='b')
    assert not FeatureBank.is_stored(path, made_from)
    FeatureBank(torch.zeros(1, 2), torch.zeros(1).long(), dict(made_from, more=1)).save(path)
    assert FeatureBank.is_stored(path, made_from)
    assert not FeatureBank.is_stored(path, dict(made_from, teacher='c'))


@pytest.mark.parametrize('label', [-1, 100_020, 2**31, 2**62])
def test_a_label_of_no_class_is_refused_before_anything_has_its_size(tmp_path, label):
    labels = torch.tensor([0, label])
    match = f'the labels of 2 features lie in .*{label}.*fewer than 100020 classes'
    with pytest.raises(ValueError, match=match):
        FeatureBank(torch.ones(2, 3), labels)
    path = str(tmp_path / 'bank.safetensors')
    tensor_file.save_tensors(path, dict(feats=torch.ones(2, 3), labels=labels), {})
    with pytest.raises(ValueError, match=f'bank.safetensors: {match}'):
        FeatureBank.load(path)
    assert len(FeatureBank(torch.ones(2, 3), torch.tensor([0, 100_019]))) == 2


@pytest.mark.parametrize('size, kept', [(0, 0), (100, 0), (-8, 0), (None, 40)])
def test_a_damaged_bank_is_not_stored(tmp_path, monkeypatch, size, kept):
    said = []
    monkeypatch.setattr(feature_bank, 'print_log', lambda text, *a, **k: said.append(text))
    path = tmp_path / 'bank.safetensors'
    FeatureBank(torch.ones(50, 4), torch.arange(50), dict(a=1)).save(str(path))
    assert FeatureBank.is_stored(str(path), dict(a=1)) and not said
    path.write_bytes(path.read_bytes()[:size][: -kept or None] + bytes(kept))
    assert not FeatureBank.is_stored(str(path), dict(a=1))
    assert 'bank.safetensors' in said[0] and 'made again' in said[0]
