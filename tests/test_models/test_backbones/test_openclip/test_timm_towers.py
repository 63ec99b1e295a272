"""Image towers that open_clip takes from timm."""

import pytest
import torch
from clip_files import text, tiny_arch, tiny_tokens

from vlltr_mm.models import CVLP, OpenCLIPVisionBackbone


def arch(name='test_efficientnet', **settings):
    """Return a tiny CLIP's architecture with an image tower of timm."""
    return dict(
        tiny_arch(),
        vision_cfg=dict(timm_model_name=name, timm_pool='avg', timm_proj='linear', image_size=64),
        **settings,
    )


def images(n=2):
    return torch.randn(n, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize('frozen', [False, True])
def test_embeds_and_trains(frozen):
    tower = OpenCLIPVisionBackbone(arch(), frozen=frozen, norm_eval=True)
    (feats,) = tower(images())
    assert feats.shape == (2, 16) and tower.embed_dims == 16 and tower.img_size == 64
    assert feats.requires_grad != frozen
    if not frozen:
        feats.square().sum().backward()
        assert all(p.grad is not None for p in tower.parameters())


def test_a_frozen_tower_computes_the_same_channels_last():
    torch.manual_seed(0)
    plain = OpenCLIPVisionBackbone(arch()).eval()
    frozen = OpenCLIPVisionBackbone(arch(), frozen=True)
    frozen.load_state_dict(plain.state_dict())
    weight = next(p for p in frozen.parameters() if p.ndim == 4 and p.shape[1] > 1)
    assert weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(frozen(images())[0], plain(images())[0], atol=1e-5, rtol=1e-4)


def test_goes_from_stage_one_to_stage_two(tmp_path):
    model = CVLP(OpenCLIPVisionBackbone(arch(), norm_eval=True), text(), teacher=False)
    model.init_weights()
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(dict(state_dict=model.state_dict()), path)
    tower = OpenCLIPVisionBackbone(arch(), pretrained=path, frozen=True)
    tower.init_weights()
    model.eval()
    torch.testing.assert_close(
        tower(images())[0], model.extract_feat(images()), atol=1e-5, rtol=1e-4
    )
    assert model.text_backbone(tiny_tokens())[-1].shape == (3, 16)


def test_quick_gelu_of_the_text_tower_leaves_timms_gelu(tmp_path):
    tower = OpenCLIPVisionBackbone(arch('test_vit', quick_gelu=True)).eval()
    assert 'uses_quick_gelu' not in tower.state_dict()
    before = tower(images()[:, :, :64, :64].repeat(1, 1, 3, 3)[..., :160, :160])[0]
    tower.load_state_dict(tower.state_dict())
    after = tower(images().repeat(1, 1, 3, 3)[..., :160, :160])[0]
    assert torch.equal(before, after)
