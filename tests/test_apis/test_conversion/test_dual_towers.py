"""Towers of other kinds than CLIP's, to open_clip."""

import open_clip
import pytest
import torch
from dual_towers import eva_arch, siglip_arch, text_arch, token_rows

from vlltr_mm.apis import export_open_clip
from vlltr_mm.models import CVLP, OpenCLIPTextBackbone, OpenCLIPVisionBackbone

ARCHS = dict(siglip=siglip_arch(), eva=eva_arch(), clipa=text_arch('clipa'))


def checkpoint(tmp_path, kind):
    """Write the checkpoint of a stage 1 of random weights; return its path and the model."""
    arch = ARCHS[kind]
    torch.manual_seed(0)
    model = CVLP(OpenCLIPVisionBackbone(arch), OpenCLIPTextBackbone(arch)).eval()
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(dict(state_dict=model.state_dict()), path)
    return path, model


@pytest.mark.parametrize('kind', ARCHS)
def test_open_clip_embeds_the_same(kind, tmp_path):
    path, model = checkpoint(tmp_path, kind)
    target = str(tmp_path / 'clip.pt')
    report = export_open_clip(path, target, ARCHS[kind])
    arch = {k: v for k, v in ARCHS[kind].items() if k != 'custom_text'}
    custom = open_clip.CustomTextCLIP if 'custom_text' in ARCHS[kind] else open_clip.CLIP
    theirs = custom(**arch).eval()
    theirs.load_state_dict(torch.load(target, weights_only=True))  # strict
    size = dict(siglip=160, eva=48, clipa=16)[kind]
    images = torch.randn(2, 3, size, size)
    tokens = token_rows(width=arch['text_cfg']['context_length'])
    with torch.no_grad():
        assert torch.equal(model.extract_feat(images), theirs.encode_image(images))
        assert torch.equal(model.text_backbone(tokens)[0], theirs.encode_text(tokens))
    assert ('logit_bias' in report.invented) == (kind == 'siglip')


def test_towers_that_do_not_tell_are_refused_by_name(tmp_path):
    path, _ = checkpoint(tmp_path, 'siglip')
    target = tmp_path / 'clip.pt'
    with pytest.raises(ValueError, match='no conv1.weight, .* need the name of .* .--arch.'):
        export_open_clip(path, str(target))
    with pytest.raises(ValueError, match='not those of arch=.*unexpected'):
        export_open_clip(path, str(target), ARCHS['eva'])
    with pytest.raises(ValueError, match='has a text decoder, which our checkpoints lack'):
        export_open_clip(path, str(target), 'coca_ViT-B-32')
    assert not target.exists()


def test_the_image_tower_of_a_classifier(tmp_path):
    tower = OpenCLIPVisionBackbone(ARCHS['siglip'])
    state = {f'backbone.{k}': v for k, v in tower.state_dict().items()}
    torch.save(dict(state_dict=dict(state, **{'head.x': torch.ones(1)})), tmp_path / 'a.pth')
    report = export_open_clip(str(tmp_path / 'a.pth'), str(tmp_path / 'b.pt'), siglip_arch())
    found = torch.load(tmp_path / 'b.pt', weights_only=True)
    assert sorted(found) == sorted(tower.state_dict()) and 'head.x' in report.dropped
