"""A stand-in for CLIP, whole."""

import json
from pathlib import Path

import pytest
import timm
import torch

from vlltr_mm.apis.stand_in import StandIn, make_stand_in_clip
from vlltr_mm.apis.stand_in.image_side import joint_space
from vlltr_mm.engine.encoding import build_sentence_bank
from vlltr_mm.models import CVLP, OpenCLIPTextBackbone, OpenCLIPVisionBackbone

NAMES = ('apple', 'bear', 'clock', 'dolphin', 'elm', 'forest', 'goat')
SETTINGS = StandIn('test_efficientnet', embed_dims=6, text_width=16)


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """A stand-in made of a tiny classifier of seven classes: its file, the classifier, the text."""
    root = tmp_path_factory.mktemp('stand_in')
    torch.manual_seed(0)
    classifier = timm.create_model('test_efficientnet', num_classes=7).eval()
    torch.nn.init.normal_(classifier.get_classifier().weight)
    torch.save(classifier.state_dict(), root / 'net.pth')
    (root / 'text.json').write_text(json.dumps({n: [f'One {n} more.'] for n in NAMES}))
    patch = pytest.MonkeyPatch()
    patch.setenv('VLLTR_MM_CACHE', str(root / 'cache'))
    target = str(root / 'clip.safetensors')
    args = (str(root / 'net.pth'), target, [str(root / 'text.json')], NAMES, SETTINGS)
    corpus = make_stand_in_clip(*args)
    yield target, classifier, corpus, args
    patch.undo()


def towers(path):
    """Build both towers and load them."""
    built = [
        kind(SETTINGS.arch, pretrained=path)
        for kind in (OpenCLIPVisionBackbone, OpenCLIPTextBackbone)
    ]
    for tower in built:
        tower.eval().init_weights()
    return built


def test_sentences_meet_the_classifiers_classes(made):
    path, classifier, corpus, _ = made
    _, text = towers(path)
    _, places = joint_space(classifier.get_classifier().weight.detach(), 6)
    bank = build_sentence_bank(text, corpus)
    assert torch.equal((bank.feats @ places.T).argmax(dim=1), bank.labels)


def test_images_meet_what_the_classifier_says(made):
    path, classifier, _, _ = made
    vision, _ = towers(path)
    rows = classifier.get_classifier().weight
    images = torch.randn(5, 3, 64, 64)
    with torch.no_grad():
        pooled = classifier.forward_head(classifier.forward_features(images), pre_logits=True)
        found = vision(images)[-1]
    projection, _ = joint_space(rows.detach(), 6)
    torch.testing.assert_close(found, pooled @ projection.T, atol=1e-4, rtol=1e-4)


def test_the_towers_start_stage_one(made):
    path, *_ = made
    model = CVLP(
        dict(type='OpenCLIPVisionBackbone', arch=SETTINGS.arch, pretrained=path),
        dict(type='OpenCLIPTextBackbone', arch=SETTINGS.arch, pretrained=path),
    )
    model.init_weights()
    assert model.logit_scale.exp().item() == pytest.approx(20)


def test_the_same_inputs_make_the_same_file(made, tmp_path):
    path, _, _, args = made
    make_stand_in_clip(args[0], str(tmp_path / 'again.safetensors'), *args[2:])
    assert (tmp_path / 'again.safetensors').read_bytes() == Path(path).read_bytes()


def test_refuses_names_of_other_classes(made, tmp_path):
    args = made[3]
    with pytest.raises(ValueError, match='6 class names, but the classifier of .* has 7 classes'):
        make_stand_in_clip(args[0], str(tmp_path / 'x.safetensors'), [], NAMES[:6], SETTINGS)
