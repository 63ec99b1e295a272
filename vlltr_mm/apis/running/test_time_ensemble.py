"""Test any classifier of images with several crops of each."""

from mmengine.config import Config

from ...datasets.text_corpus_dataset import image_set_config, innermost_configs
from ...datasets.transforms.crop_stack import CROPS
from ...engine.data import image_config
from ...engine.hooks.crop_ensemble_hook import AVERAGES
from ...models.backbones.openclip.towers import clip_config
from ...utils.validation import check_int

_RESIZES = ('Resize', 'ResizeEdge')


def use_test_time_ensemble(
    cfg: Config, crops: int = 5, average: str = 'logits', shift: int | None = None
) -> Config:
    """Let a config test with several crops of each image.

    In the test pipeline the short edge becomes size + ``shift`` pixels, and
    the crops of the size that the network takes are cut there. A batch has as
    many crops as it had images.

    Args:
        cfg (Config): of a classifier of images; not changed.
        crops (int): 5, or 10 with mirror images. Defaults to 5.
        average (str): see ``CropEnsembleHook``. Defaults to 'logits'.
        shift (int, optional): pixels. Defaults to None: one and a half patches
            of a ViT, so that no two crops are cut into the same patches; for
            any other network 3/28 of the size, which is 24 of 224.

    Returns:
        Config: the config to run.

    Raises:
        ValueError: if the config does not test a classifier on images, its
            test pipeline resizes and crops in another way, or an argument is
            out of range.
    """
    if crops not in CROPS:
        raise ValueError(f'tte is {crops}; allowed are {" and ".join(map(str, CROPS))} crops.')
    if average not in AVERAGES:
        raise ValueError(f"tte_average is '{average}'; allowed are {', '.join(AVERAGES)}.")
    if shift is not None:
        check_int(shift, 'tte_shift', 0)
    if not cfg.get('test_dataloader') or not cfg.model.get('head'):
        raise ValueError(
            f'{cfg.filename} tests no classifier (model.type is {cfg.model.type}), and only '
            'those can be tested with several crops.'
        )
    content = cfg._cfg_dict.to_dict()
    hooks = content['custom_hooks'] = list(content.get('custom_hooks') or [])
    for hook in hooks:
        if isinstance(hook.get('images'), str):  # seen as before, each in one view
            hook['images'] = image_config(hook['images'], cfg)
    hooks.append(dict(type='CropEnsembleHook', average=average))
    loader = content['test_dataloader']
    loader['dataset'] = image_set_config(loader['dataset'])
    for part in innermost_configs(loader['dataset']):
        part['pipeline'] = _crop_pipeline(cfg, part.get('pipeline'), crops, shift)
    loader['batch_size'] = max(1, loader['batch_size'] // crops)
    return Config(content, filename=cfg.filename)


def default_shift(backbone: dict, size: int) -> int:
    """Return by how many pixels the crops of a network may differ.

    Args:
        backbone (dict): its config.
        size (int): edge of its input in pixels.

    Returns:
        int: 3/2 of a ViT's patch, rounded down; 3/28 of the size for others.

    Examples:
        >>> names = 'ViT-B-16', 'ViT-L-14', 'RN50'
        >>> [default_shift(dict(arch=name), size=224) for name in names]
        [24, 21, 24]
    """
    patch = backbone.get('patch_size')
    if backbone.get('arch') and 'OpenCLIP' in str(backbone.get('type', 'OpenCLIP')):
        tower = clip_config(backbone['arch'])['vision_cfg']
        patch = tower.get('patch_size', 16) if isinstance(tower.get('layers'), int) else None
    patch = patch if isinstance(patch, int) else None
    return 3 * patch // 2 if patch else round(size * 3 / 28)


def _crop_pipeline(cfg: Config, pipeline: list | None, crops: int, shift: int | None) -> list:
    """Return a test pipeline with ``CropStack`` in the place of its last crop."""
    names = [_name(step) for step in pipeline or ()]
    resizes = [i for i, name in enumerate(names) if name in _RESIZES]
    others = {'CropStack', 'RandomResizedCrop', 'EfficientNetCenterCrop', 'TenCrop'} & set(names)
    if len(resizes) != 1 or others:
        raise _unknown(cfg, names)
    first = resizes[0]
    resize, end = dict(pipeline[first]), first + 1
    size = resize['scale']
    if names[end : end + 1] == ['CenterCrop']:
        size, end = pipeline[end]['crop_size'], end + 1
    elif names[first] == 'ResizeEdge':
        raise _unknown(cfg, names)
    sizes = {size} if isinstance(size, int) else set(size)
    if len(sizes) != 1 or 'CenterCrop' in names[end:]:
        raise _unknown(cfg, names)
    (size,) = sizes
    shift = default_shift(cfg.model.get('backbone') or {}, size) if shift is None else shift
    kept = {key: resize[key] for key in ('backend', 'interpolation') if key in resize}
    return [
        *pipeline[:first],
        dict(type='ResizeEdge', scale=size + shift, edge='short', **kept),
        dict(type='CropStack', size=size, crops=crops),
        *pipeline[end:],
    ]


def _name(step: dict) -> str:
    return getattr(step['type'], '__name__', str(step['type'])).rpartition('.')[2]


def _unknown(cfg: Config, names: list[str]) -> ValueError:
    return ValueError(
        f'The test pipeline of {cfg.filename} is {names or "none: it tests stored features"}; '
        'several crops can be put in the place of one Resize to a square, or of one Resize or '
        'ResizeEdge with a CenterCrop to a square behind it. In any other, write '
        "dict(type='CropStack', size=...) and custom_hooks=[dict(type='CropEnsembleHook')] "
        'yourself.'
    )
