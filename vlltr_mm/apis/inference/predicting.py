"""What a finished model says of images, and which sentences led it there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpretrain.registry import TRANSFORMS
from torch import Tensor, nn

from ...datasets import CropStack
from ...datasets.text_corpus_dataset import first_pipeline
from ...models import AnchorHead
from ...structures import ClassRecord
from ...utils.validation import check_int
from ...utils.warn_once import warn_once
from ..running.config import RunOptions, load_config
from .images import read_batches
from .loading import load_classifier


@dataclass(frozen=True)
class PredictedClass:
    """One class that a model sees in an image.

    label: its index. name: as the model was trained with it. score: in 0..1,
    of all classes 1. visual, language: what each branch says, as
    ``AnchorHead.branch_scores`` returns it; None without a language branch.
    sentences: those that the image attended to most, with their weights, the
    largest first; empty where the head has none. count: its training images,
    where they are known. origins: where each of the sentences comes from, such
    as 'WikiTexts: data/mine/wiki/desc_3.txt'; empty where the checkpoint does
    not say it.
    """

    label: int
    name: str
    score: float
    visual: float | None
    language: float | None
    sentences: list[tuple[str, float]]
    count: int | None = None
    origins: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Prediction:
    """What a model says of one image; ``classes`` are the best first."""

    image: str
    classes: list[PredictedClass]


class Predictor:
    """A finished model that is asked about images.

    Neither the corpus nor the text tower is needed, nor any data set: class
    names, training counts and sentences come with the checkpoint.

    Args:
        config (str): the config file, or a name that ``find_config`` knows.
        checkpoint (str, optional): the file. Defaults to None, for a config
            that trains nothing.
        device (str, optional): Defaults to None, a GPU where there is one.
        cfg_options (dict, optional): settings that replace those of the
            config. Defaults to None.

    Attributes:
        cfg (Config): the config.
        model (nn.Module): what is asked.
        record (ClassRecord | None): the classes that the checkpoint names.
        classes (list[str]): the C names.
        counts (tuple[int, ...] | None): (C,) training images, where known.
        skipped (dict[str, str]): images that could not be read, and why.

    Raises:
        FileNotFoundError: if there is no such config or checkpoint.
        ValueError: if the checkpoint is not of this config, or the model is
            not one that classifies images.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | None = None,
        device: str | None = None,
        cfg_options: dict | None = None,
    ):
        self.cfg = load_config(config, RunOptions(cfg_options=cfg_options))
        self.pipeline = test_pipeline(self.cfg)
        self.device = device or get_device()
        self.skipped: dict[str, str] = {}
        self.use(*load_classifier(self.cfg, checkpoint))

    def use(self, model: nn.Module, record: ClassRecord | None):
        """Ask another model from now on, whose images are prepared alike.

        Args:
            model (nn.Module): a finished classifier, in eval mode.
            record (ClassRecord, optional): its classes; None leaves them to
                the record of the anchors.
        """
        self.model, self.record, head = model.to(self.device), record, model.head
        self._is_guided = isinstance(head, AnchorHead)
        self.classes = class_names(record, head)
        self.counts = record.class_counts if record else None
        self._sentences = self._read_sentences()
        known = self._sentences is not None
        self._origins = head.anchor_record.origins(head.anchor_mask) if known else None

    def _read_sentences(self) -> list[list[str]] | None:
        """Return the sentences of each class's anchors, where the checkpoint has them."""
        if not self._is_guided:
            return None
        record = self.model.head.anchor_record
        text = record.text(self.model.head.anchor_mask) if record else None
        if text is None:
            warn_once(
                'The checkpoint does not hold the sentences of its anchors, as those of version '
                '0.1; none are shown. Train stage 2 again to have them.'
            )
        return text

    def __call__(
        self,
        images: Sequence[str],
        topk: int = 5,
        num_sentences: int = 3,
        batch_size: int = 32,
        num_workers: int = 0,
    ) -> Iterator[Prediction]:
        """Ask about images.

        Args:
            images (Sequence[str]): paths. Those that cannot be read are left
                out and noted in ``skipped``.
            topk (int): classes per image. Defaults to 5.
            num_sentences (int): sentences per class; 0 does not compute the
                attention. Defaults to 3.
            batch_size (int): Defaults to 32.
            num_workers (int): processes that read images. Defaults to 0,
                none but this.

        Yields:
            Prediction: of each image, in order.

        Raises:
            ValueError: if a number is too small.
        """
        topk = min(check_int(topk, 'topk', 1), len(self.classes))
        check_int(num_sentences, 'num_sentences', 0)
        check_int(batch_size, 'batch_size', 1)
        for paths, samples, faults in read_batches(
            images, self.pipeline, batch_size, check_int(num_workers, 'num_workers', 0)
        ):
            self.skipped.update(faults)
            if samples:
                yield from self._predict_batch(paths, samples, topk, num_sentences)

    @torch.no_grad()
    def _predict_batch(
        self, paths: list[str], samples: list[dict], topk: int, num_sentences: int
    ) -> list[Prediction]:
        """Return what the model says of images that were read."""
        head = self.model.head
        data = self.model.data_preprocessor(pseudo_collate(samples), False)
        feats = self.model.extract_feat(data['inputs'])
        said = head.predict(feats, data['data_samples'])
        scores, labels = torch.stack([sample.pred_score for sample in said]).topk(topk)
        parts = [None, None]
        if self._is_guided:
            parts = [part.gather(1, labels).tolist() for part in head.branch_scores(feats)]
        attended = self._attended(feats, labels, num_sentences)
        predictions = []
        for row, (path, own, values) in enumerate(zip(paths, labels.tolist(), scores.tolist())):
            classes = [
                PredictedClass(
                    label,
                    self.classes[label],
                    values[place],
                    *(part[row][place] if part else None for part in parts),
                    [(self._sentences[label][m], w) for m, w in attended[row][place]],
                    self.counts[label] if self.counts else None,
                    [self._origins[label][m] for m, _ in attended[row][place] if self._origins],
                )
                for place, label in enumerate(own)
            ]
            predictions.append(Prediction(path, classes))
        return predictions

    def _attended(
        self, feats: tuple[Tensor], labels: Tensor, num_sentences: int
    ) -> list[list[list[tuple[int, float]]]]:
        """Return the anchors of each class (N, K) that each image attended to most."""
        if self._sentences is None or not num_sentences:
            return [[[] for _ in own] for own in labels.tolist()]
        weights = attention_over(self.model.head, feats, labels)
        weights, order = weights.sort(dim=2, descending=True, stable=True)
        return [
            [[(m, w) for m, w in zip(ms, ws) if w > 0] for ms, ws in zip(*of_image)]
            for of_image in zip(
                order[..., :num_sentences].tolist(), weights[..., :num_sentences].tolist()
            )
        ]


def attention_over(head: AnchorHead, feats: tuple[Tensor], labels: Tensor) -> Tensor:
    """Weigh the anchors of some classes of each image.

    Args:
        head (AnchorHead): with anchors.
        feats (tuple[Tensor]): of N images, as in ``AnchorHead.attention``.
        labels (Tensor): (N, K) int64, the classes of each.

    Returns:
        Tensor: (N, K, M).
    """
    shown, places = labels.unique(return_inverse=True)  # (U,), (N, K)
    weights = head.attention(feats, shown)  # (N, U, M)
    rows = torch.arange(len(weights), device=weights.device).unsqueeze(1)
    return weights[rows, places]


def predict(
    config: str,
    checkpoint: str | None,
    images: Sequence[str],
    topk: int = 5,
    num_sentences: int = 3,
    **kwargs,
) -> Iterator[Prediction]:
    """Ask a finished model about images; see ``Predictor``.

    Args:
        config (str): the config file, or a name that ``find_config`` knows.
        checkpoint (str | None): the file; None for a config that trains
            nothing.
        images (Sequence[str]): paths.
        topk (int): classes per image. Defaults to 5.
        num_sentences (int): sentences per class. Defaults to 3.
        **kwargs: ``device`` and ``cfg_options`` of ``Predictor``,
            ``batch_size`` and ``num_workers`` of its call.

    Yields:
        Prediction: of each image that can be read, in order. A warning counts
        the others.

    Examples:
        >>> for result in predict('vlltr_tiny_shapes_lt', 'epoch_10.pth',
        ...                       ['a.jpg']):  # doctest: +SKIP
        ...     print(result.classes[0].name, result.classes[0].sentences)
    """
    own = {key: kwargs.pop(key) for key in ('device', 'cfg_options') if key in kwargs}
    predictor = Predictor(config, checkpoint, **own)
    yield from predictor(images, topk, num_sentences, **kwargs)
    if predictor.skipped:
        path, fault = next(iter(predictor.skipped.items()))
        warn_once(
            f'{len(predictor.skipped)} of {len(images)} images were skipped, such as '
            f"'{path}': {fault}."
        )


def test_pipeline(cfg: Config) -> Compose:
    """Build the pipeline that images are tested with."""
    loader = cfg.get('test_dataloader')
    pipeline = first_pipeline(loader.dataset) if loader else None
    if not pipeline:
        raise ValueError(
            f'{cfg.filename} tests no images'
            + (', but stored features' if loader else '')
            + '; give a config whose test_dataloader has a pipeline.'
        )
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    transforms = [TRANSFORMS.build(step) for step in pipeline]
    if any(isinstance(transform, CropStack) for transform in transforms):
        raise ValueError(
            f'{cfg.filename} tests with several crops of each image (CropStack), and a prediction '
            'is of one view; give the config without them.'
        )
    return Compose(transforms)


def class_names(record: ClassRecord | None, head: nn.Module) -> list[str]:
    """Return the names of the classes, or their numbers where none are known."""
    anchors = getattr(head, 'anchor_record', None)
    record = record or (anchors and anchors.made_for)
    if record is not None:
        return list(record.classes)
    return [str(label) for label in range(head.num_classes)]
