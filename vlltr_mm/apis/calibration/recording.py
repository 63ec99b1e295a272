"""Record what the branches of a finished model say about validation images."""

from collections.abc import Sequence

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import METRICS, MODELS
from torch import nn
from torch.utils.data import Dataset, Subset

from ...datasets.text_corpus_dataset import first_pipeline
from ...engine.anchors import cap_per_class
from ...engine.class_records import record_of_dataset
from ...engine.data import check_no_test_images, image_config, open_images, shared_images
from ...evaluation import ClassSplitAccuracy, ClassSplits
from ...models import AnchorHead, PrototypeClsHead
from ...structures import BranchLogits
from ...utils.dataset_facts import name_set, read_gt_labels, read_metainfo
from ...utils.model import unwrap_model
from ...utils.validation import check_list, check_mapping, check_number, check_text
from ..running.config import RunOptions, load_config
from ..running.stages import evaluation_runner

_SPLITS = ('val', 'train')
# What is known of the logits' origin.
_ORIGIN = (
    *('config', 'checkpoint', 'cfg_options', 'split', 'seen_in_training'),
    *('visual_weight', 'class_counts', 'thresholds', 'rule'),
)
_REMEDY = (
    'Name a list of held-out images, with --cfg-options val_dataloader.dataset.ann_file=LIST, or '
    'give --split train.'
)


def record_branch_logits(
    path: str,
    checkpoint: str | None = None,
    options: RunOptions | None = None,
    split: str = 'val',
    max_images_per_class: int | None = None,
) -> BranchLogits:
    """Pass images once through a finished model and keep the logits of its head's branches.

    Any prior that the model takes off is put back.

    Args:
        path (str): the config file, or a name that ``find_config`` knows. Its
            head has a ``text_prior``: ``LGRHead``, ``AdditiveLGRHead`` or
            ``PrototypeClsHead``.
        checkpoint (str, optional): the file. Defaults to None, for a config
            that trains nothing.
        options (RunOptions, optional): Defaults to None, all defaults.
        split (str): 'val', or 'train' for the training images in the pipeline
            of the validation. Defaults to 'val'.
        max_images_per_class (int, optional): Defaults to None, all.

    Returns:
        BranchLogits: of the images in their order.

    Raises:
        ValueError: if there are no such images or some are the test's, a
            class has no image, the head has no ``text_prior``, or
            ``val_evaluator`` no ``ClassSplitAccuracy``.
    """
    options = options or RunOptions()
    cfg = load_config(path, options)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    _check_head(cfg)
    _choose_images(cfg, split)
    dataset = open_images(cfg.val_dataloader.dataset)
    splits = _find_splits(cfg, dataset)
    seen = _check_images(cfg, split, dataset)
    runner = evaluation_runner(cfg, checkpoint)
    head = unwrap_model(runner.model).head
    if max_images_per_class is not None:
        _cap(runner, cfg, max_images_per_class)
    recorder = _Recorder(head)
    runner.register_hook(recorder)
    runner.val()
    meta = dict(
        config=path,
        checkpoint=checkpoint,
        cfg_options=options.cfg_options or {},
        split=split,
        seen_in_training=seen,
        visual_weight=getattr(head, 'visual_weight', None),
        class_counts=splits.counts,
        thresholds=splits.thresholds,
        rule=splits.rule,
    )
    return BranchLogits(**recorder.tensors(), record=record_of_dataset(dataset), meta=meta)


def load_branch_logits(path: str) -> BranchLogits:
    """Read logits that were recorded and saved.

    Args:
        path (str): the file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it holds something else.
    """
    logits = BranchLogits.load(path)
    check_origin(logits, path)
    return logits


def check_origin(logits: BranchLogits, where: str) -> ClassSplits:
    """Check what logits say of their origin.

    Args:
        logits (BranchLogits): as ``record_branch_logits`` returns them.
        where (str): the file, for the messages.

    Returns:
        ClassSplits: of the C classes.

    Raises:
        ValueError: if something is missing, or of another type.
    """
    meta = check_mapping(logits.meta, f'{where}, meta', _ORIGIN)
    for key in ('config', 'checkpoint', 'split'):
        if key != 'checkpoint' or meta[key] is not None:
            check_text(meta[key], f'{where}, {key}')
    check_mapping(meta['cfg_options'], f'{where}, cfg_options')
    if logits.visual is not None:
        check_number(meta['visual_weight'], f'{where}, visual_weight', 0, 1)
    classes = len(logits.record.classes)
    check_list(meta['class_counts'], f'{where}, class_counts', classes)
    try:
        return ClassSplits(*(meta[key] for key in ('class_counts', 'thresholds', 'rule')))
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from error


def _check_head(cfg: Config):
    """Refuse a head that has no text score."""
    given = (cfg.model.get('head') or {}).get('type')
    kind = MODELS.get(given) if isinstance(given, str) else given
    if not isinstance(kind, type) or not issubclass(kind, (AnchorHead, PrototypeClsHead)):
        raise ValueError(
            f'model.head of {cfg.filename} is {given}, which has no text score; give a config with '
            'LGRHead, AdditiveLGRHead or PrototypeClsHead.'
        )
    if cfg.model.head.get('num_text_classes'):
        raise ValueError(
            f'model.head of {cfg.filename} has classes that were added by text alone, of which '
            'nothing is held out; calibrate the model that they were added to, and add them again.'
        )


def _choose_images(cfg: Config, split: str):
    """Let the validation see the images of a split."""
    if split not in _SPLITS:
        raise ValueError(f"split is '{split}'; allowed are {' and '.join(map(repr, _SPLITS))}.")
    if not cfg.get('val_dataloader'):
        raise ValueError(
            f'{cfg.filename} has no val_dataloader, and so no images to choose on; add one.'
        )
    if split == 'train':
        if not cfg.get('train_dataloader'):
            raise ValueError(
                f'{cfg.filename} has no train_dataloader; give --split val with --cfg-options '
                'val_dataloader.dataset.ann_file=LIST, the list of its training images, or with '
                'val_dataloader.dataset.file=FILE, their stored features.'
            )
        stored = first_pipeline(cfg.val_dataloader.dataset) is None  # features, not images
        images = cfg.train_dataloader.dataset if stored else image_config('train_dataloader', cfg)
        # Not update(), which would merge the two data sets.
        cfg.val_dataloader.dataset = images


def _check_images(cfg: Config, split: str, dataset: Dataset) -> bool:
    """Refuse test images; tell whether the images are those of the training.

    Raises:
        ValueError: if an image is one of the test's, or a class has none.
    """
    record = record_of_dataset(dataset)
    if record is None:
        raise ValueError(
            f'{name_set(dataset)} of {cfg.filename} names no classes, which a prior belongs to; '
            'give it metainfo=dict(classes=[...]).'
        )
    check_no_test_images(dataset, cfg, _REMEDY)
    present = set(read_gt_labels(dataset).tolist())
    bare = [i for i in range(len(record.classes)) if i not in present]
    if bare:
        raise ValueError(
            f"Class {bare[0]} '{record.classes[bare[0]]}' has no image in {name_set(dataset)} "
            f'({len(bare)} of {len(record.classes)} classes have none), so nothing is known of its '
            'prior; give --split train, or images of every class.'
        )
    if split == 'train' or not cfg.get('train_dataloader'):
        return split == 'train'
    return bool(shared_images(dataset, open_images(cfg.train_dataloader.dataset)))


def _find_splits(cfg: Config, dataset: Dataset) -> ClassSplits:
    """Return the class splits of the validation's metric."""
    evaluators = cfg.get('val_evaluator') or []
    evaluators = evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]
    for evaluator in evaluators:
        metric = METRICS.build(evaluator)
        if isinstance(metric, ClassSplitAccuracy):
            metric.dataset_meta = read_metainfo(dataset)
            return metric.resolve_splits()
    raise ValueError(
        f'val_evaluator of {cfg.filename} is {[dict(e) for e in evaluators]}; the class splits '
        "come from dict(type='ClassSplitAccuracy', ...): add it."
    )


def _cap(runner: Runner, cfg: Config, max_images_per_class: int):
    """Let the validation see a part of its images."""
    loop = runner.val_loop
    dataset: Dataset = loop.dataloader.dataset
    part = Subset(dataset, cap_per_class(read_gt_labels(dataset), max_images_per_class, 0).tolist())
    part.metainfo = read_metainfo(dataset)
    # Not in the config, which MMEngine formats.
    loop.dataloader = runner.build_dataloader(dict(cfg.val_dataloader, dataset=part))


class _Recorder(Hook):
    """Keep the logits of a head's branches, and the labels, of a validation."""

    def __init__(self, head: nn.Module):
        self.logits: dict[str, list] = {}
        self.labels: list[int] = []
        self._head = head
        parts = dict(language=head)
        if hasattr(head, 'visual_weight'):  # two scores, whose mixture can be chosen
            parts = dict(language=head.text_prior, visual=head.visual_mlp)
        for name, part in parts.items():
            part.register_forward_hook(self._keep(self.logits.setdefault(name, [])))

    @staticmethod
    def _keep(chunks: list):
        return lambda module, args, output: chunks.append(output.float().cpu())

    def after_val_iter(
        self, runner, batch_idx: int, data_batch=None, outputs: Sequence | None = None
    ):
        """Keep the labels of a batch."""
        self.labels += [int(sample.gt_label) for sample in outputs]

    def tensors(self) -> dict:
        """Return ``language`` and ``visual`` (N, C), or None, and ``labels`` (N,)."""
        logits = {name: torch.cat(chunks) for name, chunks in self.logits.items()}
        logits.setdefault('visual', None)
        logits['language'] += self._head.text_prior.log_prior.float().cpu()
        return dict(logits, labels=torch.tensor(self.labels))
