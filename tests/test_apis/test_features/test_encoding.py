"""Features of images and text are those of the towers, and become a data set."""

import json
import runpy
import sys

import open_clip
import pytest
import torch
from mmengine.config import Config
from PIL import Image
from repo import REPO
from tiny_runs import NAMES, write_data, write_tiny_runs

from vlltr_mm.apis.features import FeatureSet, encoding
from vlltr_mm.datasets import TextCorpus
from vlltr_mm.utils.model import build_model
from vlltr_mm.utils.weights_digest import weights_digest

ARCH = dict(
    embed_dim=16,
    vision_cfg=dict(image_size=32, patch_size=16, layers=1, width=32, head_width=16),
    text_cfg=dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=1),
)
PROMPTS = ['a {}.', 'the {}.', 'my {}.']
SOURCES = [dict(type='PromptTemplates', templates=PROMPTS)]
pytestmark = pytest.mark.slow  # all of them build and load towers


@pytest.fixture
def clip(tmp_path):
    """open_clip's whole model, and the file of its weights."""
    torch.manual_seed(0)
    model = open_clip.CLIP(**ARCH).eval()
    torch.save(model.state_dict(), tmp_path / 'clip.pt')
    return model, str(tmp_path / 'clip.pt')


def test_features_are_those_of_open_clip(tmp_path, clip):
    write_data(tmp_path / 'data')
    whole, weights = clip
    data = str(tmp_path / 'data')
    sources = dict(train=f'{data}/train', test=f'{data}/test')
    sets = encoding.folder_sets(sources, ARCH)
    model = encoding.clip_model(ARCH, weights)
    found = encoding.encode_features(model, sets, SOURCES, num_anchors=2, num_workers=0)
    names = [name.replace('_', ' ') for name in sorted(NAMES)]
    assert list(found.classes) == names and found.class_counts == [6, 12, 24, 3]
    preprocess = open_clip.image_transform(32, is_train=False)
    path = tmp_path / 'data/test' / sorted(NAMES)[2] / '1.jpg'
    with torch.no_grad():
        image = whole.encode_image(preprocess(Image.open(path)).unsqueeze(0))[0]
        tokens = open_clip.tokenize([p.replace('{}', names[1]) for p in PROMPTS])
        text = whole.encode_text(tokens)
    # OpenCV and Pillow may decode a JPEG differently by a level of 255; of values up to 2, other
    # images of the class differ by 0.035 and more.
    torch.testing.assert_close(found.splits['test'].feats[7], image, atol=0.02, rtol=0)
    assert found.splits['test'].labels.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    torch.testing.assert_close(found.text.feats[3:6], text, atol=2e-5, rtol=0)
    assert found.anchors.feats.shape == (4, 2, 16)  # the best two of three, with L_lin
    assert not found.anchors.losses.isnan().any()
    assert set(found.anchors.text[1]) <= {p.replace('{}', names[1]) for p in PROMPTS}
    origin = f"PromptTemplates: '{PROMPTS[0]}' and {len(PROMPTS) - 1} more"
    assert found.text.origins == [origin] * len(found.text)
    assert found.anchors.origins == [[origin] * 2] * 4
    assert found.anchors.logit_scale == pytest.approx(whole.logit_scale.item())


def test_of_a_pool_the_first_sentences_are_anchors(tmp_path, clip):
    write_data(tmp_path / 'data')
    lists = dict(pool=str(tmp_path / 'data/ImageNet_LT_train.txt'))
    sets = encoding.folder_sets(lists, ARCH, str(tmp_path / 'data/labels.txt'))
    model = encoding.clip_model(ARCH, clip[1])
    found = encoding.encode_features(model, sets, SOURCES, num_anchors=2, num_workers=0)
    names = [name.replace('_', ' ') for name in NAMES]
    assert list(found.classes) == names and len(found.splits['pool']) == 45
    assert found.anchors.losses.isnan().all()
    assert found.anchors.text[0] == [f'{word} {names[0]}.' for word in ('a', 'the')]
    with pytest.raises(ValueError, match='There is test, but neither a training set nor a pool'):
        encoding.encode_features(model, dict(test=sets['pool']), [])


def tool(monkeypatch, name, *args):
    file = REPO / 'tools' / name
    monkeypatch.setattr(sys, 'argv', [str(file), *map(str, args)])
    monkeypatch.setattr(sys, 'path', [str(file.parent), *sys.path])
    runpy.run_path(str(file), run_name='__main__')


def test_the_command_on_folders_and_what_a_config_reads_of_it(tmp_path, clip, monkeypatch):
    write_data(tmp_path / 'data')
    (tmp_path / 'tiny-features.json').write_text(json.dumps(ARCH))
    open_clip.add_model_config(tmp_path / 'tiny-features.json')
    args = [f'--{split}={tmp_path}/data/{split}' for split in ('train', 'test')]
    args += ['--tower', 'tiny-features', '--pretrained', clip[1], '--num-workers', 0]
    tool(monkeypatch, 'encode_features.py', *args, '--prompts', 'a {}.', '--out', tmp_path / 'out')
    made = FeatureSet.load(str(tmp_path / 'out'))
    assert made.width == 16 and made.anchors.feats.shape == (4, 1, 16)
    assert made.tower == made.splits['train'].record.tower


def test_the_towers_of_a_stage_1_run_and_the_loaders_of_its_config(tmp_path):
    path, stage2 = write_tiny_runs(tmp_path)
    cfg = Config.fromfile(path)
    model = build_model(cfg)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'epoch.pth')
    loaded = encoding.stage1_model(cfg, str(tmp_path / 'epoch.pth'))
    sets = encoding.config_sets(cfg)
    assert {split: len(images) for split, images in sets.items()} == dict(train=45, val=12, test=12)
    found = encoding.encode_features(loaded, sets, cfg.corpus.sources, 3, num_workers=0)
    assert found.class_counts == [24, 12, 6, 3] and found.anchors.feats.shape[1] == 3
    corpus = TextCorpus(classes=list(found.classes), sources=cfg.corpus.sources)
    assert found.text.record.corpus == corpus.fingerprint
    assert found.anchors.losses.isfinite().all()
    with pytest.raises(ValueError, match='which has no image and text tower; give a stage-1'):
        encoding.stage1_model(Config.fromfile(stage2), 'x')


def test_the_towers_of_a_stage_1_as_they_start(tmp_path, clip):
    cfg = Config.fromfile(write_tiny_runs(tmp_path)[0])
    for tower in ('vision_backbone', 'text_backbone'):
        cfg.model[tower].update(arch=ARCH, pretrained=clip[1])
    started, plain = encoding.stage1_model(cfg), encoding.clip_model(ARCH, clip[1])
    for tower in ('vision_backbone', 'text_backbone'):
        assert weights_digest(getattr(started, tower)) == weights_digest(getattr(plain, tower))
    assert started.data_preprocessor.num_classes == 4


def test_images_in_bfloat16_are_rounded_and_text_is_not(tmp_path, clip):
    write_data(tmp_path / 'data')
    sets = encoding.folder_sets({'train': str(tmp_path / 'data/train')}, ARCH)
    model = encoding.clip_model(ARCH, clip[1])
    exact, rounded = (
        encoding.encode_features(model, sets, SOURCES, num_workers=0, amp=amp)
        for amp in (False, True)
    )
    found, expected = (made.splits['train'].feats for made in (rounded, exact))
    assert found.dtype == torch.float32
    assert not torch.equal(found, expected)
    # A few roundings to 8 bits, of values up to 2.5.
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0)
    assert torch.equal(rounded.text.feats, exact.text.feats)
