"""Image and text towers of other kinds than CLIP's, from the files that open_clip writes."""

import open_clip
import pytest
import torch
from dual_towers import eva_arch, siglip_arch, text_arch, token_rows, whole_model
from safetensors.torch import save_file

from vlltr_mm.models import CVLP, OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from vlltr_mm.models.backbones.openclip import base
from vlltr_mm.models.backbones.openclip.towers import preprocessing
from vlltr_mm.models.backbones.openclip.weights import read_clip_file
from vlltr_mm.utils.checkpoint import load_checkpoint_file
from vlltr_mm.utils.weights_digest import state_digest, weights_digest

ARCHS = dict(siglip=siglip_arch(), eva=eva_arch(), coca=text_arch('coca'))
SIZES = dict(siglip=160, eva=48, coca=16)


def towers_of(kind, **settings):
    return (
        OpenCLIPVisionBackbone(ARCHS[kind], **settings),
        OpenCLIPTextBackbone(ARCHS[kind], **settings),
    )


def write(path, model):
    if path.suffix == '.safetensors':
        save_file(model.state_dict(), path)
    else:
        torch.save(dict(state_dict={f'module.{k}': v for k, v in model.state_dict().items()}), path)
    return str(path)


def images(kind, size=None):
    size = size or SIZES[kind]
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    'kind, name', [('siglip', 'a.safetensors'), ('eva', 'a.pt'), ('coca', 'a.safetensors')]
)
def test_files_are_read_strictly_and_embed_as_open_clip(kind, name, tmp_path):
    model = whole_model(ARCHS[kind])
    with torch.no_grad():
        model.logit_scale.fill_(4.0)
    path = write(tmp_path / name, model)
    vision, text = towers_of(kind, pretrained=path)
    for tower in (vision, text):
        tower.init_weights()
        tower.eval()
        assert tower.pretrained_logit_scale == 4.0
    tokens = token_rows(width=ARCHS[kind]['text_cfg']['context_length'])
    with torch.no_grad():
        assert torch.equal(vision(images(kind))[0], model.encode_image(images(kind)))
        whole = model.encode_text(tokens)
        # EVA's text is cut behind its end: sums over fewer columns.
        torch.testing.assert_close(text(text.fit_width(tokens))[0], whole, atol=2e-5, rtol=1e-4)
    state = read_clip_file(path, 'text').state
    state.pop('ln_final.bias')
    with pytest.raises(ValueError, match=r'1 missing \(ln_final.bias\)'):
        base.fit_tower(text.text, state, 'x')


def test_goes_through_our_checkpoints_with_one_digest(tmp_path):
    vision, text = towers_of('siglip')
    model = CVLP(vision, text, teacher=True)
    model.init_weights()
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(dict(state_dict=model.state_dict()), path)
    again = OpenCLIPTextBackbone(ARCHS['siglip'], pretrained=path)
    again.init_weights()
    assert weights_digest(again) == weights_digest(model.text_backbone)
    state = load_checkpoint_file(path)['state_dict']
    own = {k[14:]: v for k, v in state.items() if k.startswith('text_backbone.')}
    assert state_digest(own) == weights_digest(again)
    tokens = token_rows(pad_id=1)
    again.eval()
    with torch.no_grad():
        assert torch.equal(again(tokens)[0], model.teacher.text_backbone(tokens)[0])


def test_says_that_a_bias_of_the_logits_is_left_out(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(base, 'print_log', lambda text, **kwargs: said.append(text))
    path = write(tmp_path / 'a.pt', whole_model(ARCHS['siglip']))
    for tower in towers_of('siglip', pretrained=path):
        tower.init_weights()
    bias = [text for text in said if 'logit_bias' in text]
    assert len(bias) == 1 and 'has logit_bias=-10, of a sigmoid loss; it is left out' in bias[0]
    assert read_clip_file(path, 'text').logit_bias == -10
    broken = whole_model(ARCHS['siglip'])
    with torch.no_grad():
        broken.logit_bias.fill_(float('nan'))
    with pytest.raises(ValueError, match='logit_bias is nan; it must be a finite number'):
        read_clip_file(write(tmp_path / 'b.pt', broken), 'vision')


def test_asks_nothing_of_quick_gelu_where_the_image_tower_is_timms(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(base, 'warn_once', said.append)
    for kind in ('eva', 'coca'):
        path = write(tmp_path / f'{kind}.pt', whole_model(ARCHS[kind]))
        OpenCLIPTextBackbone(ARCHS[kind], pretrained=path).init_weights()
    assert len(said) == 1 and 'coca.pt does not say whether it was made with QuickGELU' in said[0]


@pytest.mark.parametrize('kind, sizes', [('siglip', (32, 48)), ('eva', (24, 60))])
def test_images_of_another_size_resize_the_position_embeddings(kind, sizes, tmp_path):
    model = whole_model(ARCHS[kind])
    path = write(tmp_path / 'a.pt', model)
    for size in sizes:
        tower = OpenCLIPVisionBackbone(ARCHS[kind], pretrained=path, img_size=size).eval()
        tower.init_weights()
        own = model.visual.trunk
        own.set_input_size((size, size))  # timm's own resizing, of what it has
        with torch.no_grad():
            found, expected = tower(images(kind, size))[0], model.encode_image(images(kind, size))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
        assert tower.img_size == size
        model = whole_model(ARCHS[kind])
    trained = str(tmp_path / 'epoch_1.pth')
    state = {f'backbone.{k}': v for k, v in tower.state_dict().items()}
    torch.save(dict(state_dict=state), trained)
    again = OpenCLIPVisionBackbone(ARCHS[kind], pretrained=trained, img_size=sizes[1]).eval()
    again.init_weights()
    assert torch.equal(again(images(kind, sizes[1]))[0], found)


def test_a_model_of_timm_of_another_width_is_refused():
    with pytest.raises(ValueError, match='gives 64-d embeddings, but embed_dim is 32; make them'):
        OpenCLIPVisionBackbone(dict(ARCHS['siglip'], embed_dim=32))


@pytest.mark.parametrize(
    'arch, tag, mean, resize',
    [
        ('ViT-B-16-SigLIP', None, 0.5, 'squash'),
        ('ViT-B-16', 'openai', 0.48145466, 'shortest'),
        ('MobileCLIP-S2', 'datacompdr', 0.0, 'shortest'),
        ('ViT-L-14-CLIPA', 'file.pt', 0.485, 'squash'),
    ],
)
def test_how_images_have_to_come(arch, tag, mean, resize):
    known = preprocessing(arch, tag)
    assert known['mean'][0] == mean and known['resize_mode'] == resize


def test_how_images_have_to_come_is_not_guessed():
    tags = open_clip.list_pretrained_tags_by_model('ViT-L-14')
    modes = {open_clip.get_pretrained_cfg('ViT-L-14', tag)['mean'] for tag in tags}
    assert len(modes) > 1 and preprocessing('ViT-L-14') is None
    assert preprocessing('ViT-L-14', 'openai') is not None
    assert preprocessing(ARCHS['siglip'], 'file.pt') is None
