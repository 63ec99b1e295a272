"""Which prior the sampler of a config leaves to its losses."""

import numpy as np
from mmengine.config import Config
from mmpretrain.registry import DATA_SAMPLERS
from torch import nn
from torch.utils.data import Dataset

from ...engine.hooks.sampling_prior_hook import give_prior, losses_with_prior, told
from .data import DataReport


class _Drawn(Dataset):
    """As many labels of each class as a data set has."""

    def __init__(self, counts: np.ndarray):
        self.labels = np.repeat(np.arange(len(counts)), counts)

    def __len__(self) -> int:
        return len(self.labels)

    def get_gt_labels(self) -> np.ndarray:
        return self.labels


def check_prior(model: nn.Module, cfg: Config, train: DataReport | None) -> list[str]:
    """Give the losses of a model their prior, as ``SamplingPriorHook`` does when a run starts.

    Args:
        model (nn.Module): a built model.
        cfg (Config): with ``train_dataloader``.
        train (DataReport, optional): of the training data.

    Returns:
        list[str]: which prior it is; nothing where no loss has one.

    Raises:
        ValueError: see ``SamplingPriorHook``.
    """
    losses = losses_with_prior(model)
    sampler = cfg.train_dataloader.get('sampler')
    if not losses or train is None or train.drawn is None or not isinstance(sampler, dict):
        return []
    dataset = _Drawn(train.drawn)
    built = DATA_SAMPLERS.build(sampler, default_args=dict(dataset=dataset, seed=0))
    return [f'LogitAdjustedLoss: {told(give_prior(losses, built, dataset), built)}']
