"""Both stages with image towers that are not CLIP's, as a user runs them."""

import pytest
import torch
from tiny_runs import write_tiny_runs

from vlltr_mm.apis import train
from vlltr_mm.structures import AnchorSet
from vlltr_mm.utils.checkpoint import load_checkpoint_file

pytestmark = pytest.mark.slow  # each trains two stages

_PROJECTED = dict(
    type='ProjectedBackbone',
    backbone=dict(type='ResNet', depth=18, stem_channels=4, base_channels=4),
    in_channels=32,
    embed_dims=16,
    norm_eval=True,
)
_TIMM = dict(timm_model_name='test_efficientnet', timm_pool='avg', timm_proj='linear')


def write_runs(root, tower):
    """Write both configs with another image tower; return stage 2's."""
    paths = write_tiny_runs(root)
    for path, key in zip(paths, ('vision_backbone', 'backbone')):
        if tower == 'timm':
            arch = f"dict(model['{key}']['arch'], vision_cfg={_TIMM!r})"
            change = f"model['{key}']['arch'] = {arch}\n"
        else:
            trained = "pretrained=f'{pretrain_work_dir}/epoch_2.pth', frozen=True, "
            kept = trained if key == 'backbone' else ''
            change = f"model['{key}'] = dict(_delete_=True, {kept}**{_PROJECTED!r})\n"
        with open(path, 'a') as config:
            config.write(change)
    return paths[1]


@pytest.mark.parametrize('tower', ['mmpretrain', 'timm'])
def test_one_command_trains_both_stages(tmp_path, tower):
    train(write_runs(tmp_path, tower))
    anchors = AnchorSet.load(tmp_path / 'runs/stage1/anchors.safetensors')
    assert anchors.feats.shape == (4, 3, 16) and anchors.losses.isfinite().all()
    first, second = (
        load_checkpoint_file(str(tmp_path / f'runs/{stage}/epoch_2.pth'))['state_dict']
        for stage in ('stage1', 'stage2')
    )
    towers = {k.removeprefix('vision_'): v for k, v in first.items() if k.startswith('vision_')}
    assert len(towers) > 50
    assert all(torch.equal(second[key], value) for key, value in towers.items())
    assert torch.equal(second['head.anchor_feats'], anchors.feats)
