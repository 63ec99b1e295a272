"""Stage-1 validation: how well images and sentences of a class find each other."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.device import get_device
from mmengine.evaluator import BaseMetric
from mmpretrain.registry import METRICS
from torch import Tensor

from ...structures import FeatureBank
from ...utils.nearest_neighbours import vote
from ..functional.class_splits import ClassSplits
from .class_split_accuracy import ClassSplitAccuracy

_BLOCK_ELEMENTS = 2**26  # cosines in float32, 256 MiB


def retrieve(
    image_feats: Tensor,
    image_labels: Tensor,
    bank: FeatureBank,
    num_neighbours: int = 5,
    block_size: int | None = None,
) -> dict:
    """Match images (I, D) with the sentences (S, D) of a bank, in blocks.

    Args:
        image_feats (Tensor): (I, D), not necessarily of unit norm.
        image_labels (Tensor): (I,) int64.
        bank (FeatureBank): the S sentences.
        num_neighbours (int): K of the vote. Defaults to 5.
        block_size (int, optional): images compared at a time. Defaults to
            None, as many as keep a block of cosines at 256 MiB.

    Returns:
        dict: predicted labels ``nearest`` (I,), ``voted`` (I,) and
        ``prototype`` (I,) of the images, ``text`` (S,) of the sentences.
    """
    unit_bank = FeatureBank(bank.feats.float(), bank.labels).normalized()
    sentences, images = unit_bank.feats, F.normalize(image_feats.float(), dim=1)
    prototypes = F.normalize(unit_bank.class_means(int(bank.labels.max()) + 1), dim=1)
    block_size = block_size or max(1, _BLOCK_ELEMENTS // len(sentences))
    neighbours, by_prototype = [], []
    best = sentences.new_full((len(sentences),), -2.0)  # below any cosine
    text = torch.zeros_like(bank.labels)
    for start in range(0, len(images), block_size):
        block = images[start : start + block_size]
        cosine = block @ sentences.T  # (block, S)
        top = cosine.topk(min(num_neighbours, len(sentences)), dim=1).indices
        neighbours.append(bank.labels[top])
        by_prototype.append((block @ prototypes.T).argmax(dim=1))
        value, row = cosine.max(dim=0)
        better = value > best
        best = torch.where(better, value, best)
        text = torch.where(better, image_labels[start + row], text)
    labels = torch.cat(neighbours)
    return dict(
        nearest=labels[:, 0], voted=vote(labels), prototype=torch.cat(by_prototype), text=text
    )


@METRICS.register_module()
class SentenceRetrieval(BaseMetric):
    """Accuracies of matching images with the sentences of their class.

    Four rules, each with its class splits in percent: ``image`` takes the
    class of the nearest sentence, ``vote`` the majority of the K nearest
    sentences, ``prototype`` the nearest class mean of the sentences, ``text``
    gives each sentence the class of its nearest image. ``SentenceBankHook``
    hands over the sentences before each evaluation.

    Args:
        class_counts (Sequence[int] | str, optional): training images per
            class, or a file of them. Defaults to None: those of the evaluated
            data set's metainfo.
        num_neighbours (int): K of the vote. Defaults to 5.
        thresholds (tuple[int, int]): the bounds between few, medium and many.
            Defaults to (20, 100).
        rule (str): 'field' or 'oltr'. Defaults to 'field'.
        collect_device (str): Defaults to 'cpu'.
        prefix (str, optional): Defaults to None, 'retrieval'.
    """

    default_prefix = 'retrieval'

    def __init__(
        self,
        class_counts: Sequence[int] | str | None = None,
        num_neighbours: int = 5,
        thresholds: tuple = (20, 100),
        rule: str = 'field',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ):
        super().__init__(collect_device, prefix)
        # The splits, and where their counts come from, are that metric's.
        self._splits = ClassSplitAccuracy(
            class_counts=class_counts, thresholds=thresholds, rule=rule
        )
        self.num_neighbours = num_neighbours
        self.sentence_bank = None

    def set_sentence_bank(self, bank: FeatureBank | None):
        """Take over the sentences to match with; None drops them."""
        self.sentence_bank = bank

    def resolve_splits(self) -> ClassSplits:
        """Return the class splits, see ``ClassSplitAccuracy``."""
        self._splits.dataset_meta = self.dataset_meta
        return self._splits.resolve_splits()

    def process(self, data_batch, data_samples: Sequence[dict]):
        """Keep each sample's ``image_feat`` and label."""
        self.results.extend(
            (sample['image_feat'].detach().float().cpu(), int(sample['gt_label']))
            for sample in data_samples
        )

    def compute_metrics(self, results: list[tuple]) -> dict:
        """Match all images with the sentence bank.

        Returns:
            dict: ``image_top1``, ``image_many``, …, in percent.

        Raises:
            RuntimeError: if no sentence bank was handed over.
        """
        if self.sentence_bank is None:
            raise RuntimeError(
                'SentenceRetrieval has no sentence bank; add '
                "custom_hooks=[dict(type='SentenceBankHook', ...)]."
            )
        device = get_device()
        feats = torch.stack([feat for feat, _ in results]).to(device)
        labels = torch.tensor([label for _, label in results], device=device)
        bank = FeatureBank(
            self.sentence_bank.feats.to(device), self.sentence_bank.labels.to(device)
        )
        found = retrieve(feats, labels, bank, self.num_neighbours)
        splits = self.resolve_splits()
        metrics = {}
        for name, key, truth in (
            ('image', 'nearest', labels),
            ('vote', 'voted', labels),
            ('prototype', 'prototype', labels),
            ('text', 'text', bank.labels),
        ):
            values = splits.accuracy(found[key], truth)
            metrics.update({f'{name}_{k}': v for k, v in values.items()})
        return metrics
