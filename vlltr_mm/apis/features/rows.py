"""Configs on stored features, made to fit other features than their own."""

import os.path as osp
from pprint import pformat

from mmengine.config import Config

from ...utils.files import open_whole
from ..running.config import find_config, flatten, path_inside
from .feature_set import FeatureSet


def write_row(
    config: str, folder: str, features: FeatureSet, thresholds: tuple[int, int] | None = None
) -> str:
    """Write a config for the features that were saved in a folder.

    Args:
        config (str): a config of ``configs/features``, or another whose key
            ``features`` names the folder that its files are in.
        folder (str): where ``FeatureSet.save`` wrote; the config goes into
            its ``configs``, under its own name.
        features (FeatureSet): what is there: classes, width and anchors of a
            class become those of the model.
        thresholds (tuple[int, int], optional): few below, many above. Defaults
            to None, as in the config.

    Returns:
        str: the file.

    Raises:
        FileNotFoundError: if the config reads a file that the folder does not
            have.
        ValueError: if the config does not say where its features are.
    """
    config = find_config(config)
    cfg = Config.fromfile(config)
    if not isinstance(cfg.get('features'), str):
        raise ValueError(
            f"{config} has no key 'features', the folder of its stored features; give a config of "
            'configs/features, or add the key.'
        )
    content = _moved(cfg._cfg_dict.to_dict(), cfg.features, folder)
    # Other features make another config, so that no former result is taken for theirs.
    content['features_digest'] = features.digest()
    if 'val' not in features.splits:
        content.update(val_dataloader=None, val_evaluator=None, val_cfg=None)
    _fit_model(content['model'], features)
    if thresholds is not None:
        _set_thresholds(content, thresholds)
    _check_files(config, content, folder)
    path = osp.join(folder, 'configs', osp.basename(config))
    with open_whole(path) as file:
        file.write(f'# {osp.basename(config)}, for the features beside it.\n')
        file.writelines(
            f'{key} = {pformat(value, width=88, sort_dicts=False)}\n'
            for key, value in content.items()
        )
    return path


def _moved(node, old: str, new: str):
    """Copy a config with every path inside a folder moved to another folder."""
    if isinstance(node, dict):
        return {key: _moved(value, old, new) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(_moved(value, old, new) for value in node)
    if node == old:
        return new
    inside = isinstance(node, str) and node.startswith(osp.join(old, ''))
    return osp.join(new, osp.relpath(node, old)) if inside else node


def _fit_model(model: dict, features: FeatureSet):
    """Set the sizes that the head of a config names."""
    sizes = dict(
        num_classes=len(features.classes), in_channels=features.width, embed_dims=features.width
    )
    if features.anchors is not None:
        sizes['num_anchors'] = features.anchors.feats.shape[1]
    head = model.get('head') or {}
    head.update({key: size for key, size in sizes.items() if key in head})


def _set_thresholds(content: dict, thresholds: tuple[int, int]):
    for name in ('val_evaluator', 'test_evaluator'):
        evaluators = content.get(name) or []
        for metric in evaluators if isinstance(evaluators, list) else [evaluators]:
            if metric['type'] == 'ClassSplitAccuracy':
                metric['thresholds'] = tuple(thresholds)


def _check_files(config: str, content: dict, folder: str):
    """Refuse a config that reads a part which these features do not have."""
    for key, value in flatten(content).items():
        if key == 'features' or not isinstance(value, str) or not path_inside(value, folder):
            continue
        if not osp.isfile(value):
            raise FileNotFoundError(
                f'{config}: {key} is {value}, which these features do not have; store the '
                'embeddings of sentences too, or leave this config out.'
            )
