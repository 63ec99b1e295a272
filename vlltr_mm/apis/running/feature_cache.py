"""Train a head on stored embeddings of a frozen tower."""

import hashlib
import os.path as osp
from dataclasses import replace

import torch
from mmengine.config import Config, ConfigDict
from mmengine.device import get_device
from mmengine.dist import barrier, init_dist, is_distributed, is_main_process
from mmengine.logging import print_log
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed
from mmpretrain.registry import DATASETS
from torch import nn

from ...engine.class_records import record_of_dataset
from ...engine.encoding import build_image_bank
from ...structures import ClassRecord, FeatureBank
from ...utils.dataset_facts import read_metainfo
from ...utils.model import build_model
from ...utils.weights_digest import weights_digest

_FILE = 'train_features.safetensors'


def use_feature_cache(cfg: Config, views: int = 1) -> Config:
    """Encode the training images once, and train the head on the result.

    This is not the recipe: each image is seen in ``views`` augmented forms
    that stay the same in all epochs, instead of a new one each time. The
    checkpoint is that of the config itself; validation uses images.

    Args:
        cfg (Config): of an ``ImageClassifier`` with a frozen backbone; not
            changed. The features go to its work dir and are used again where
            data set, tower, weights, preprocessor, views and seed are the same.
        views (int): passes of the training pipeline over each image.
            Defaults to 1.

    Returns:
        Config: the config to run.

    Raises:
        ValueError: if more than the head is trained, or images are mixed.
    """
    _check(cfg, views)
    cfg = Config(cfg._cfg_dict.to_dict(), filename=cfg.filename)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    if cfg.get('launcher', 'none') != 'none' and not is_distributed():
        init_dist(cfg.launcher, **cfg.env_cfg.get('dist_cfg', {}))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    path = osp.join(cfg.work_dir, _FILE)
    model = _build_model(cfg)
    record = record_of_dataset(dataset)
    made_from = dict(
        features=_digest(cfg, dataset, record), weights=weights_digest(model.backbone), views=views
    )
    if not FeatureBank.is_stored(path, made_from):
        bank = _encode(cfg, model, dataset, views)
        # Not in the config, which MMEngine formats for every checkpoint.
        bank.meta.update(made_from, metainfo=dict(read_metainfo(dataset)))
        if record is not None:
            bank.meta['record'] = replace(record, tower=made_from['weights']).to_meta()
        if is_main_process():
            bank.save(path)
    else:
        print_log(f'Using the stored features {path}', 'current')
    barrier()
    return _redirect(cfg, path, views)


def _check(cfg: Config, views: int):
    """Refuse what stored features cannot do."""
    model = cfg.model
    if views < 1:
        raise ValueError(f'views is {views}; give 1 or more.')
    if model.type != 'ImageClassifier' or not _is_frozen(model.backbone):
        raise ValueError(
            f'{cfg.filename} trains its backbone (model.backbone.frozen is '
            f'{model.get("backbone", {}).get("frozen")}, or frozen_stages of a ResNet not all of '
            'them); features can be stored only of a frozen one.'
        )
    if (model.get('train_cfg') or {}).get('augments'):
        raise ValueError(
            f'{cfg.filename} mixes images (model.train_cfg.augments), which stored features cannot '
            'be; give --cfg-options model.train_cfg=None and a loss for plain labels.'
        )


def _is_frozen(backbone: ConfigDict) -> bool:
    """Return whether a backbone is frozen as ours are, or MMPretrain's ResNets, in all stages."""
    stages = backbone.get('frozen_stages', -1)
    return bool(backbone.get('frozen')) or stages >= backbone.get('num_stages', 4)


def _build_model(cfg: Config) -> nn.Module:
    """Build the model with the weights it starts from."""
    model = build_model(cfg)
    model.backbone.init_weights()
    if model.neck is not None and any(True for _ in model.neck.parameters()):
        raise ValueError(
            f'{type(model.neck).__name__} is trained; features can be stored '
            'only before a neck without parameters.'
        )
    return model.to(get_device())


def _digest(cfg: Config, dataset, record: ClassRecord | None) -> str:
    """Hash what shapes the features besides the weights; images count by their path."""
    model = {key: value for key, value in cfg.model.items() if key != 'head'}
    shaping = dict(
        model=model,
        dataset=cfg.train_dataloader.dataset,
        data_preprocessor=cfg.get('data_preprocessor'),
        seed=cfg.get('randomness', {}).get('seed'),
    )
    parts = repr(Config(shaping).to_dict()), repr(record and record.to_meta())
    digest = hashlib.sha256('\n'.join(parts).encode())
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        digest.update(f'{info["img_path"]} {info["gt_label"]}\n'.encode())
    return digest.hexdigest()


def _encode(cfg: Config, model: nn.Module, dataset, views: int) -> FeatureBank:
    """Pass every image ``views`` times through pipeline and tower."""
    seed: int | None = cfg.get('randomness', {}).get('seed')
    loader = cfg.train_dataloader
    banks = []
    for view in range(views):
        set_random_seed(None if seed is None else seed + view)
        banks.append(
            build_image_bank(
                model,
                dataset,
                batch_size=loader.batch_size,
                num_workers=loader.get('num_workers', 0),
            )
        )
    return FeatureBank(
        torch.cat([bank.feats for bank in banks]), torch.cat([bank.labels for bank in banks])
    )


def _redirect(cfg: Config, path: str, views: int) -> Config:
    """Let a config train on the features in ``path``."""
    cfg.model.type = 'FeatureCachedClassifier'
    preprocessor = cfg.model if cfg.model.get('data_preprocessor') else cfg
    preprocessor.data_preprocessor = dict(
        preprocessor.get('data_preprocessor') or {}, type='FeatureDataPreprocessor'
    )
    loader = cfg.train_dataloader
    loader.num_workers, loader.persistent_workers = 0, False
    # Not update(), which would merge the two data sets.
    loader.dataset = ConfigDict(type='FeatureDataset', file=path, views=views)
    return cfg
