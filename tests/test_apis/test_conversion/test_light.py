"""Light checkpoints become whole ones, and back."""

import sys

import pytest
import torch
from light_runs import write_clip, write_light_run
from mmengine.config import Config
from repo import REPO

from vlltr_mm.apis import convert_light
from vlltr_mm.structures.left_out import KEY
from vlltr_mm.utils.command_line import run_tool
from vlltr_mm.utils.model import build_model


@pytest.fixture
def run(tmp_path):
    """A folder with a config and a whole checkpoint of it."""
    cfg = Config.fromfile(write_light_run(tmp_path))
    model = build_model(cfg)
    model.init_weights()
    content = dict(meta=dict(epoch=3), state_dict=model.state_dict(), optimizer=dict(lr=[0.1]))
    torch.save(content, tmp_path / 'whole.pth')
    return tmp_path


def convert(root, source, target, form):
    cfg = Config.fromfile(str(root / 'run.py'))
    return convert_light(cfg, str(root / source), str(root / target), form)


def read(path):
    return torch.load(path, weights_only=False)


def test_there_and_back(run):
    said = convert(run, 'whole.pth', 'light.pth', 'light')
    light = read(run / 'light.pth')
    assert f'backbone.{KEY}' in light['state_dict']
    assert not [key for key in light['state_dict'] if key.startswith('backbone.visual.')]
    lost = len(read(run / 'whole.pth')['state_dict']) - len(light['state_dict']) + 2
    assert f'light.pth is light, without {lost} tensors' in said
    assert 'again.pth is whole' in convert(run, 'light.pth', 'again.pth', 'whole')
    before, after = (read(run / f'{name}.pth') for name in ('whole', 'again'))
    assert set(before) == set(after) and before['meta'] == after['meta']
    towers = [
        [key for key in c['state_dict'] if key.startswith('backbone.')] for c in (before, after)
    ]
    assert towers[0] == towers[1]  # in this order they are digested
    assert before['optimizer'] == after['optimizer']
    torch.testing.assert_close(
        dict(before['state_dict']), dict(after['state_dict']), rtol=0, atol=0
    )


def test_a_bare_state_dict(run):
    torch.save(read(run / 'whole.pth')['state_dict'], run / 'bare.pth')
    convert(run, 'bare.pth', 'light.pth', 'light')
    assert f'head.{KEY}' in read(run / 'light.pth')
    convert(run, 'light.pth', 'again.pth', 'whole')
    torch.testing.assert_close(
        dict(read(run / 'bare.pth')), dict(read(run / 'again.pth')), rtol=0, atol=0
    )


def test_nothing_is_written_where_it_does_not_fit(run):
    convert(run, 'whole.pth', 'light.pth', 'light')
    write_clip(run / 'clip.pt', seed=1)
    with pytest.raises(ValueError, match='light.pth: backbone.pretrained=.* has other weights'):
        convert(run, 'light.pth', 'again.pth', 'whole')
    (run / 'clip.pt').unlink()
    with pytest.raises(FileNotFoundError, match='light.pth: .*put that file there'):
        convert(run, 'light.pth', 'again.pth', 'whole')
    with pytest.raises(ValueError, match="form is 'small'; give 'light' or 'whole'"):
        convert(run, 'whole.pth', 'again.pth', 'small')
    cfg = Config.fromfile(str(run / 'run.py'))
    cfg.model.backbone.pretrained = cfg.model.head.anchors = None
    with pytest.raises(ValueError, match='stays whole: trained_only=True leaves nothing out'):
        convert_light(cfg, str(run / 'whole.pth'), str(run / 'again.pth'), 'light')
    assert not (run / 'again.pth').exists()


def test_the_command(run, monkeypatch, capsys):
    sys.path.insert(0, str(REPO / 'tools/model_converters'))
    try:
        import light_checkpoint
    finally:
        sys.path.pop(0)
    names = [str(run / name) for name in ('run.py', 'whole.pth', 'light.pth')]
    monkeypatch.setattr(sys, 'argv', ['light_checkpoint.py', *names, '--to', 'light'])
    run_tool(light_checkpoint.main)
    assert 'light.pth is light' in capsys.readouterr().out
    assert (run / 'light.pth').stat().st_size < (run / 'whole.pth').stat().st_size
