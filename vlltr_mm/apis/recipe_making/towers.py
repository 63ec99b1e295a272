"""The towers of a new recipe, and how images have to come for them."""

import json
import os.path as osp
import re
from dataclasses import dataclass

import torch
from mmengine.config import Config
from torch import nn

from ...datasets.corpus.tokenizer import build_tokenizer
from ...models.backbones.openclip.towers import (
    build_tower,
    clip_config,
    is_pretrained_tag,
    load_clip_state,
    preprocessing,
)
from ...models.backbones.openclip.tuning import tower_units
from ...models.backbones.openclip.weights import fitted_state
from ...models.tuners.blocks import check_block
from ...utils.files import read_json
from ...utils.logit_scale import CLIP_MAX
from ...utils.token_rules import CLIP, TokenRules
from ...utils.validation import shown
from ..running.config import find_config

_OURS = 'OpenCLIPVisionBackbone', 'OpenCLIPTextBackbone'
_SLACK = 1e-3  # CLIP's own files are rounded
_CLIP_LENGTH = 77  # tokens of a sentence
_DEFAULT_SIZE = 224  # of convolutional towers, which take any
CLIP_MEAN, CLIP_STD = (122.771, 116.746, 104.094), (68.501, 66.632, 70.323)


@dataclass
class Towers:
    """Both towers of a recipe.

    vision, text: configs of the backbones, with weights. name: for messages.
    embed_dims: width of the embeddings. image_size: edge in pixels. mean, std:
    of the channels red, green, blue in 0 .. 255. squash: whether images are
    resized to a square, and not cropped to it. tokenizer: that of the corpus,
    None for CLIP's. has_blocks: whether the image tower is a transformer whose
    blocks ``AdaptFormer`` works on. bounded: whether the scale is within
    CLIP's bound. pipelines: of training and test, where a config gave the
    towers.
    """

    vision: dict
    text: dict
    name: str
    embed_dims: int
    image_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    squash: bool
    tokenizer: dict | None
    has_blocks: bool
    bounded: bool
    pipelines: tuple[list, list] | None = None


def read_towers(
    tower: str,
    pretrained: str | None = None,
    tokenizer: str | None = None,
    pad_token: str | None = None,
    image_size: int | None = None,
) -> Towers:
    """Find the towers and look at their weights, before anything is made.

    Args:
        tower (str): an architecture of open_clip, also as OpenAI writes it
            ('ViT-B/16'), a JSON file of one, or the config of a stage 1, whose
            towers, normalisation and pipelines are taken.
        pretrained (str, optional): a file, or a tag that is downloaded when
            the training starts. Defaults to None, what the config names.
        tokenizer (str, optional): the tokenizer's file, of a text tower that
            does not have CLIP's. Defaults to None.
        pad_token (str, optional): of it. Defaults to None.
        image_size (int, optional): edge in pixels. Defaults to None, the
            tower's.

    Raises:
        FileNotFoundError: if there is no such config, weights or tokenizer.
        ValueError: if the architecture is unknown, weights or a tokenizer are
            missing or others, or a config has other towers than open_clip's.
    """
    if re.match(r'ViT-[A-Z]/\d', tower):  # as OpenAI writes it, such as 'ViT-L/14@336px'
        tower = tower.replace('/', '-').replace('@336px', '-336')
    cfg, vision, text = _backbones(tower)
    if pretrained is not None:
        vision['pretrained'] = text['pretrained'] = pretrained
    arch = vision['arch']
    own_size = clip_config(arch)['vision_cfg'].get('image_size')
    scale = _check_weights(vision, text, tower)
    if image_size and own_size and image_size != own_size:
        vision['img_size'] = image_size
    mean, std, squash = _input_of(arch, vision['pretrained'], cfg)
    pipelines = None
    size = image_size or vision.get('img_size') or own_size or _DEFAULT_SIZE
    if cfg is not None and image_size is None:
        pipelines = tuple(_pipeline(cfg[f'{s}_dataloader'].dataset) for s in ('train', 'test'))
        size = _size_after(pipelines[1]) or size
    corpus = _tokenizer(arch, tokenizer, pad_token, cfg)
    build_tokenizer(corpus)  # refuses what is none
    return Towers(
        vision=vision,
        text=text,
        name=osp.basename(tower),
        embed_dims=clip_config(arch)['embed_dim'],
        image_size=size,
        mean=mean,
        std=std,
        squash=squash,
        tokenizer=corpus,
        has_blocks=_has_blocks(arch),
        bounded=scale is None or scale <= CLIP_MAX + _SLACK,
        pipelines=pipelines,
    )


def _backbones(tower: str) -> tuple[Config | None, dict, dict]:
    """Return the config that a user named, if it is one, and the two towers."""
    if _is_config(tower):
        cfg = Config.fromfile(find_config(tower))
        return cfg, *_of_config(cfg, tower)
    arch = _read_arch(tower) if tower.endswith('.json') else tower
    return None, *(dict(type=kind, arch=arch) for kind in _OURS)


def _is_config(tower: str) -> bool:
    """Whether a user named a config, by its file or its name."""
    if tower.endswith('.json'):
        return False
    if tower.endswith('.py') or '/' in tower:
        return True
    try:
        find_config(tower)
    except FileNotFoundError:
        return False
    return True


def _read_arch(path: str) -> dict:
    arch = read_json(path, 'the configuration of a CLIP, as open_clip has them')
    if not isinstance(arch, dict):
        raise ValueError(
            f"{path} holds a {type(arch).__name__}; it must be an object with 'embed_dim', "
            "'vision_cfg' and 'text_cfg'."
        )
    return arch


def _of_config(cfg: Config, path: str) -> tuple[dict, dict]:
    """Return the towers of a stage-1 config, without what this recipe decides."""
    found = [cfg.get('model', {}).get(key) for key in ('vision_backbone', 'text_backbone')]
    kinds = [tower.get('type') if isinstance(tower, dict) else None for tower in found]
    if kinds != list(_OURS):
        raise ValueError(
            f'{path} has the towers {kinds}; name an architecture of open_clip, or a stage-1 '
            f'config of {" and ".join(_OURS)}.'
        )
    decided = ('frozen', 'tuner', 'grad_checkpointing')
    vision, text = (
        {key: _builtin(value) for key, value in tower.items() if key not in decided}
        for tower in found
    )
    if vision['arch'] != text['arch']:
        raise ValueError(
            f'{path} has two architectures, {vision["arch"]} and {text["arch"]}; name a config '
            'with one for both towers.'
        )
    return vision, text


def _builtin(value):
    """Return a value of a config as plain dicts and lists."""
    return json.loads(json.dumps(value)) if isinstance(value, (dict, list, tuple)) else value


def _pipeline(dataset: dict) -> list:
    """Return the pipeline of a data set, also of one with text around it."""
    inner = dataset.get('pipeline') or dataset['dataset'].pipeline
    return [_builtin(dict(step)) for step in inner]


def _size_after(pipeline: list[dict]) -> int | None:
    """Return the edge of an image behind a pipeline, None where no step says it."""
    said = [step.get('crop_size') or step.get('scale') for step in pipeline]
    last = next((size for size in reversed(said) if size), None)
    return last[0] if isinstance(last, list) else last


def _check_weights(vision: dict, text: dict, tower: str) -> float | None:
    """Check that files of weights fit both towers; return the scale in log space."""
    scale = None
    for which, backbone in (('vision', vision), ('text', text)):
        source = backbone.get('pretrained')
        if not source:
            raise ValueError(
                f"tower is '{tower}' and pretrained is not given; give a file of its weights, or "
                'a tag of open_clip to download.'
            )
        if is_pretrained_tag(backbone['arch'], source):
            continue
        loaded = load_clip_state(source, backbone['arch'], which)
        with torch.device('meta'):
            built = build_tower(backbone['arch'], which, backbone.get('img_size'))
        fitted_state(
            built, loaded.state, f"The weights of {source} and the {which} tower of '{tower}'"
        )
        scale = loaded.logit_scale
    return None if scale is None else float(scale)


def _input_of(arch: str | dict, source: str, cfg: Config | None) -> tuple[tuple, tuple, bool]:
    """Return mean, deviation in 0 .. 255, and whether images are squashed to a square."""
    known = preprocessing(arch, source) or {}
    given = dict(cfg.get('data_preprocessor') or {}) if cfg else {}
    if given.get('mean') is not None and given.get('to_rgb', True):
        return tuple(given['mean']), tuple(given['std']), known.get('resize_mode') == 'squash'
    if not known:
        return CLIP_MEAN, CLIP_STD, False
    mean, std = (tuple(round(255 * v, 3) for v in known[key]) for key in ('mean', 'std'))
    return mean, std, known.get('resize_mode') == 'squash'


def _tokenizer(
    arch: str | dict, file: str | None, pad_token: str | None, cfg: Config | None
) -> dict | None:
    if file is not None:
        given = dict(arch=arch, file=file)
        return dict(given, pad_token=pad_token) if pad_token else given
    corpus = cfg and cfg.train_dataloader.dataset.get('corpus')
    if corpus and corpus.get('tokenizer'):
        return _builtin(dict(corpus.tokenizer))
    rules = TokenRules.of_text_config(clip_config(arch)['text_cfg'], shown(arch))
    if rules.tokenizer != CLIP:
        raise ValueError(
            f'The text tower of {shown(arch)} has the tokenizer of {rules.tokenizer}; fetch its '
            'tokenizer.json and name it with --tokenizer (docs/weights.md).'
        )
    return None if rules.context_length == _CLIP_LENGTH else dict(arch=arch)


def _has_blocks(arch: str | dict) -> bool:
    """Whether the units of an image tower are blocks that ``AdaptFormer`` works on."""
    with torch.device('meta'):
        tower: nn.Module = build_tower(arch, 'vision')
    try:
        for name in tower_units(tower):
            check_block(tower.get_submodule(name), 'AdaptFormer')
    except ValueError:
        return False
    return True
