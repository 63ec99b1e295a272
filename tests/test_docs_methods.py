"""Every config of the pages on systems without text is built and used as it stands there."""

import re

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import HOOKS, MODELS
from mmpretrain.structures import DataSample
from repo import REPO

from vlltr_mm.structures import AnchorSet

PAGES = [
    (REPO / 'docs' / f'{name}.md').read_text(encoding='utf-8')
    for name in ('methods', 'methods_oltr')
]
BLOCKS = [
    found
    for page in PAGES
    for found in re.findall(r'^## (.*?)\n.*?```python\n(.*?)```', page, flags=re.S | re.M)
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The lists and checkpoints that the page names, in the work folder."""
    (tmp_path / 'data/shapes_lt').mkdir(parents=True)
    lines = [f'{c}/{i}.jpg {c}\n' for c in range(60) for i in range(60 - c)]
    (tmp_path / 'data/shapes_lt/ImageNet_LT_train.txt').write_text(''.join(lines))
    names, shape = [f'class {c}' for c in range(60)], (60, 2)
    feats, losses, ids = torch.randn(*shape, 1024), torch.zeros(shape), torch.zeros(shape).long()
    anchors = AnchorSet(feats, torch.ones(shape).bool(), losses, ids, 1.0, names)
    anchors.save(str(tmp_path / 'anchors.safetensors'))
    monkeypatch.chdir(tmp_path)


def write_checkpoints(model):
    """Write what a model starts from."""
    if 'teacher' in model:
        teacher = MODELS.build(model.teacher)
        teacher.init_weights()
        torch.save(dict(state_dict=teacher.state_dict()), model.teacher_checkpoint)
    if model.get('pretrained'):
        state = {
            key: value
            for key, value in MODELS.build(model).state_dict().items()
            if 'fc' not in key or 'head.fcs' in key
        }
        state.pop('head.loss_module.pos_weight')
        torch.save(dict(state_dict=state), model.pretrained)


@pytest.mark.parametrize(('title', 'block'), BLOCKS, ids=[title for title, _ in BLOCKS])
def test_block_builds_and_works(title, block, folder):
    cfg = Config.fromstring(block, '.py')
    for hook in cfg.get('custom_hooks', []):
        HOOKS.build(hook)
    if 'model' not in cfg:
        return
    use(cfg.model)
    assert len(block.splitlines()) <= 6


TEXT = next(block for title, block in BLOCKS if title == 'With text')
LINES = re.findall(r'^\| (.+?) \| `(dict\(.+\))` \|$', PAGES[0], flags=re.M)


@pytest.mark.slow
@pytest.mark.parametrize(('title', 'line'), LINES, ids=[title for title, _ in LINES])
def test_line_with_text_builds_and_works(title, line, folder):
    use(Config.fromstring(f'{TEXT}model = {line}\n', '.py').model)


def test_each_line_with_text_is_one_of_these():
    assert len(LINES) == PAGES[0].split('| combination')[1].count('\n| ')


def side_of(model):
    """Return the side of an image that the model and its teacher take."""
    towers = [part.backbone.type for part in (model, model.get('teacher')) if part]
    if 'OpenCLIPVisionBackbone' in towers:
        return 224
    return 32 * model.neck.get('map_size', 2)


def use(cfg):
    """Build a model, train it for a step, and let it predict."""
    write_checkpoints(cfg)
    model = MODELS.build(cfg)
    model.init_weights()
    samples = [DataSample().set_gt_label(c) for c in (0, 59)]
    images = torch.randn(2, 3, side_of(cfg), side_of(cfg))
    losses = model.loss(images, samples)
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(value.isfinite() for value in losses.values())
    assert len(model.eval().predict(images)) == 2


def test_each_section_has_a_block():
    sections = [title for page in PAGES for title in re.findall(r'^## (.*)', page, flags=re.M)]
    sections.remove('What they cost')
    assert [title for title, _ in BLOCKS] == sections
