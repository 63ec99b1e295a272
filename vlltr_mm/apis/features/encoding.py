"""Store the features of a data set and of a corpus, of any CLIP's towers."""

import os.path as osp
from collections.abc import Sequence

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpretrain.registry import DATASETS, MODELS
from torch import nn
from torch.utils.data import Dataset

from ...datasets import TextCorpus
from ...engine.anchors import build_anchors
from ...engine.class_records import compare_data_sets
from ...engine.data import image_config
from ...engine.encoding import build_image_bank, build_sentence_bank
from ...models import AnSS, CutOffSelector
from ...models.backbones.openclip.towers import clip_config, preprocessing
from ...utils.dataset_facts import read_classes
from ...utils.host_noise import filter_log
from ...utils.model import build_model
from ...utils.validation import check_int
from ...utils.weights_digest import weights_digest
from ..list_making.image_source import read_image_source
from .feature_set import FeatureSet

_CLIP_INPUT = dict(mean=[122.771, 116.746, 104.094], std=[68.501, 66.632, 70.323], to_rgb=True)


def clip_model(arch: str | dict, pretrained: str, preprocessor: dict | None = None) -> nn.Module:
    """Build both towers of a CLIP with their weights.

    Args:
        arch (str | dict): see ``OpenCLIPVisionBackbone``.
        pretrained (str): a file or a tag, likewise.
        preprocessor (dict, optional): config of the data preprocessor.
            Defaults to None, mean and deviation that open_clip knows for
            the architecture or the tag, and else CLIP's.

    Returns:
        CVLP: on a GPU where there is one.

    Raises:
        FileNotFoundError: if there is neither such a file nor such a tag.
        ValueError: if the weights are not of this architecture.
    """
    towers = {
        f'{which}_backbone': dict(type=f'OpenCLIP{name}Backbone', arch=arch, pretrained=pretrained)
        for which, name in (('vision', 'Vision'), ('text', 'Text'))
    }
    if not preprocessor:
        known = preprocessing(arch, pretrained) or {}
        own = {key: [255 * v for v in known[key]] for key in ('mean', 'std') if known}
        preprocessor = dict(type='ClsDataPreprocessor', **dict(_CLIP_INPUT, **own))
    model = MODELS.build(
        dict(type='CVLP', teacher=False, data_preprocessor=dict(preprocessor), **towers)
    )
    filter_log(MMLogger.get_current_instance())
    model.init_weights()
    return _to_device(model)


def stage1_model(cfg: Config, checkpoint: str | None = None) -> nn.Module:
    """Build the towers of a stage-1 config.

    Args:
        cfg (Config): a stage-1 config.
        checkpoint (str, optional): a checkpoint of that config. Defaults to
            None: the weights that its training starts from.

    Returns:
        CVLP: on a GPU where there is one.

    Raises:
        ValueError: if the config has no two towers.
    """
    if not {'vision_backbone', 'text_backbone'} <= set(cfg.model):
        raise ValueError(
            f'{cfg.filename} has model.type={cfg.model.type!r}, which has no image and text tower; '
            'give a stage-1 config, or a tower and its weights.'
        )
    model = build_model(cfg)
    if checkpoint is None:
        filter_log(MMLogger.get_current_instance())
        model.init_weights()
    else:
        load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    return _to_device(model)


def _to_device(model: nn.Module) -> nn.Module:
    return model.to('cuda' if torch.cuda.is_available() else 'cpu').eval()


def config_sets(cfg: Config) -> dict[str, Dataset]:
    """Build the data sets of a config's loaders, without their text.

    All are seen as in the validation, and each image once.

    Args:
        cfg (Config): with a training set.

    Returns:
        dict[str, Dataset]: 'train', 'val' and 'test', as far as there are
        such, each but once.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    loaders = {split: f'{split}_dataloader' for split in ('train', 'val', 'test')}
    configs = {s: image_config(name, cfg) for s, name in loaders.items() if cfg.get(name)}
    if configs.get('val') == configs.get('test'):  # tested on what validates
        configs.pop('val', None)
    return {split: DATASETS.build(config) for split, config in configs.items()}


def folder_sets(
    sources: dict[str, str], arch: str | dict, labels_file: str | None = None
) -> dict[str, Dataset]:
    """Build data sets of folders or lists, seen as the tower sees images.

    Args:
        sources (dict[str, str]): split → a folder of class folders, or a
            'path label' list.
        arch (str | dict): that of the tower, which says how large images are.
        labels_file (str, optional): see ``read_image_source``.

    Raises:
        FileNotFoundError: if a source is missing.
        ValueError: see ``read_image_source``.
    """
    init_default_scope('mmpretrain')
    size = clip_config(arch)['vision_cfg'].get('image_size', 224)
    resized = dict(backend='pillow', interpolation='bicubic')
    resizing = [
        dict(type='ResizeEdge', scale=size, edge='short', **resized),
        dict(type='CenterCrop', crop_size=size),
    ]
    if (preprocessing(arch) or {}).get('resize_mode') == 'squash':
        resizing = [dict(type='Resize', scale=(size, size), **resized)]
    pipeline = [dict(type='LoadImageFromFile'), *resizing, dict(type='PackInputs')]
    data_sets = {}
    for split, path in sources.items():
        images = read_image_source(path, labels_file)
        where = (
            dict(data_root=path)
            if osp.isdir(path)
            else dict(ann_file=path, data_prefix=osp.dirname(path))
        )
        data_sets[split] = DATASETS.build(
            dict(
                type='CustomDataset',
                metainfo=dict(classes=images.classes),
                pipeline=pipeline,
                **where,
            )
        )
    return data_sets


def encode_features(
    model: nn.Module,
    data_sets: dict[str, Dataset],
    sources: Sequence[dict],
    num_anchors: int = 64,
    batch_size: int = 128,
    num_workers: int = 2,
    amp: bool = False,
    tokenizer: dict | None = None,
) -> FeatureSet:
    """Encode all images and all sentences once, and choose the anchors.

    Where there is a training set, AnSS chooses with up to 50 of its images per
    class; of a pool, whose images may come to be validated on, the first
    sentences are taken.

    Args:
        model (CVLP): the towers.
        data_sets (dict[str, Dataset]): of ``SPLITS``, all of the same
            classes.
        sources (Sequence[dict]): of the ``TextCorpus``; none for images
            alone.
        num_anchors (int): M, at most, of each class. Defaults to 64.
        batch_size (int): images or sentences at a time. Defaults to 128.
        num_workers (int): loader processes. Defaults to 2.
        amp (bool): images in bfloat16, which is faster and rounds their
            features. Defaults to False.
        tokenizer (dict, optional): its ``file`` where it is not CLIP's. Defaults to None.

    Returns:
        FeatureSet: features as the towers give them, not normalised.

    Raises:
        ValueError: if the data sets differ in their classes or name none, or
            there is neither a training set nor a pool.
    """
    check_int(num_anchors, 'num_anchors', 1)
    first, classes = _first_classes(data_sets)
    corpus = _open_text(model.text_backbone, sources, classes, tokenizer)
    device = next(model.parameters()).device.type
    with torch.autocast(device, torch.bfloat16, enabled=amp):
        banks = {
            split: build_image_bank(model, data_set, None, batch_size, num_workers)
            for split, data_set in data_sets.items()
        }
    text = anchors = None
    if corpus is not None:
        text = build_sentence_bank(model.text_backbone, corpus, batch_size)
        num_anchors = min(num_anchors, int(torch.bincount(text.labels).max()))
        selector = AnSS(num_anchors) if first == 'train' else CutOffSelector(num_anchors)
        anchors, _ = build_anchors(
            model,
            corpus,
            selector,
            data_sets['train'] if first == 'train' else None,
            batch_size=batch_size,
            sentences=text,
            images=banks[first],
        )
    return FeatureSet(classes, banks, text, anchors, weights_digest(model.vision_backbone))


def _open_text(
    text_backbone: nn.Module, sources: Sequence[dict], classes: list[str], tokenizer: dict | None
) -> TextCorpus | None:
    """Read the text with the tokenizer of a tower, before hours of images."""
    if not sources:
        return None
    if hasattr(text_backbone, 'token_rules'):
        tokenizer = dict(tokenizer or {}, arch=text_backbone.arch)
    return TextCorpus.from_cfg(dict(sources=list(sources), tokenizer=tokenizer), classes)


def _first_classes(data_sets: dict[str, Dataset]) -> tuple[str, list[str]]:
    """Return the split that is trained on, or drawn from, and the classes of all."""
    first = next((split for split in ('train', 'pool') if split in data_sets), None)
    if first is None:
        raise ValueError(
            f'There is {", ".join(data_sets) or "no data set"}, but neither a training set nor a '
            'pool to draw one from; name one.'
        )
    classes = read_classes(data_sets[first])
    if classes is None:
        raise ValueError(f'The {first} set names no classes; give it metainfo=dict(classes=...).')
    for split, data_set in data_sets.items():
        compare_data_sets(data_set, data_sets[first], split)
    return first, classes
