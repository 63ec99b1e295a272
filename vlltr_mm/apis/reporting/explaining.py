"""What one finished model makes of its test images, class by class."""

import copy
import os.path as osp
import tempfile
from collections.abc import Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmpretrain.registry import TRANSFORMS
from torch import Tensor, nn
from torch.utils.data import Dataset

from ...datasets import CropStack
from ...datasets.text_corpus_dataset import first_pipeline
from ...engine.data import open_images
from ...models import AnchorHead
from ...utils.dataset_facts import read_gt_labels
from ..inference.loading import load_classifier
from ..inference.predicting import attention_over
from .finding import FoundRun, ReportOptions
from .pictures import thumbnail
from .selection import read_selection, shorten

_BATCH = 32
_TOP = 3  # classes of an image
_DRIVING = 2  # sentences of a class of an image
_GALLERY = 4  # classes from each end of the tail
_MOST_SENTENCES = 80_000  # of all classes, so that the page stays small


def explain_classes(run: FoundRun, cfg: Config, options: ReportOptions) -> tuple[dict, dict, dict]:
    """Ask a finished model about some of its test images.

    Args:
        run (FoundRun): the run.
        cfg (Config): that made it.
        options (ReportOptions): how many images, and where the model runs.

    Returns:
        tuple[dict, dict, dict]: label → what is known of a class: its
        ``anchors`` as [sentence, L_lin, mean attention of the images shown],
        what the selection ``dropped``, its ``images``. Then the classes of the
        gallery, 'head' and 'tail'. Then of the run: its checkpoint, how many
        images are shown and how many of them are predicted otherwise now than
        in the record, and what is left out and why.

    Raises:
        FileNotFoundError: if checkpoint or images are not there.
        ValueError: if they are not those of the run.
    """
    checkpoint = run.checkpoint
    with tempfile.TemporaryDirectory() as scratch:
        # Heads that hooks fill take a runner, which would write into the run's folder.
        cfg = copy.deepcopy(cfg)
        cfg.work_dir, cfg.experiment_name = scratch, osp.basename(scratch)
        model, _ = load_classifier(cfg, checkpoint)
    model.to(options.device or get_device())
    dataset = open_test_images(run, cfg)
    places = choose_images(run.record, options.images, options.most_images)
    text, left_out = anchor_text(model.head)
    details = {}
    if text is not None:
        details, more = describe_anchors(text, model.head, cfg, run.folder)
        left_out.update(more)
    changed = 0
    for start in range(0, len(places), _BATCH):
        rows = places[start : start + _BATCH]
        for row, image in zip(rows, explain_images(model, dataset, run, rows, text)):
            changed += image['classes'][0][0] != run.record.predicted[row]
            details.setdefault(image['label'], {}).setdefault('images', []).append(image)
    for detail in details.values():
        _average(detail)
    seen = dict(
        checkpoint=checkpoint, num_images=len(places), num_changed=int(changed), left_out=left_out
    )
    return details, gallery_classes(run.record, places), seen


def open_test_images(run: FoundRun, cfg: Config) -> Dataset:
    """Open the test images of a run, and compare them with its record.

    Raises:
        ValueError: if they are other ones, or a prediction is of several
            crops.
    """
    loader = cfg.test_dataloader
    for step in first_pipeline(loader.dataset) or ():
        kind = TRANSFORMS.get(step['type']) if isinstance(step['type'], str) else step['type']
        if isinstance(kind, type) and issubclass(kind, CropStack):
            raise ValueError('The run was tested with several crops of each image (CropStack).')
    dataset = open_images(loader.dataset)
    labels = read_gt_labels(dataset)
    if len(labels) <= run.indices.max() or (labels[run.indices] != run.record.labels).any():
        raise ValueError(
            f'The test set of {cfg.filename} has other labels than the predictions of '
            f'{run.folder}; put the lists back that it was tested with.'
        )
    return dataset


def choose_images(record, per_class: int, most: int) -> list[int]:
    """Choose the test samples that are shown.

    In turns of one wrong and one right sample of each class, head and tail
    first, then the classes with the lowest accuracy.

    Args:
        record (RunRecord): of the run.
        per_class (int): right ones of a class, and wrong ones.
        most (int): of all classes.

    Returns:
        list[int]: rows of the record's labels.
    """
    right = record.predicted == record.labels
    accuracy = record.protocol.splits.class_accuracy(record.predicted, record.labels)
    tested = [label for label in range(len(accuracy)) if not np.isnan(accuracy[label])]
    ends = [label for end in _ends(record) for label in end]
    order = ends + sorted(set(tested) - set(ends), key=lambda label: (accuracy[label], label))
    by_label = np.argsort(record.labels, kind='stable')
    starts = np.searchsorted(record.labels[by_label], np.arange(len(accuracy) + 1))
    own = {label: by_label[starts[label] : starts[label + 1]] for label in order}
    chosen: list[int] = []
    for turn in range(per_class):
        for label in order:
            for rows in (own[label][~right[own[label]]], own[label][right[own[label]]]):
                if turn < len(rows) and len(chosen) < most:
                    chosen.append(int(rows[turn]))
    return chosen


def _ends(record) -> tuple[list[int], list[int]]:
    """Return the tested classes with the most and with the fewest training images."""
    counts, tested = record.protocol.splits.counts, set(record.labels.tolist())
    order = sorted(tested, key=lambda label: (-counts[label], label))
    return order[:_GALLERY], order[_GALLERY:][-_GALLERY:]


def gallery_classes(record, places: Sequence[int]) -> dict[str, list[int]]:
    """Return the classes of both ends that have images among those shown."""
    shown = {int(record.labels[place]) for place in places}
    head, tail = _ends(record)
    return dict(head=[c for c in head if c in shown], tail=[c for c in tail if c in shown])


def anchor_text(head: nn.Module) -> tuple[list[list[str]] | None, dict[str, str]]:
    """Return the sentences of each class's anchors, or None and why."""
    if isinstance(head, AnchorHead):
        text = head.anchor_record and head.anchor_record.text(head.anchor_mask)
        reason = 'The checkpoint does not hold the sentences of its anchors.'
    else:
        text, reason = None, f'{type(head).__name__} has no anchor sentences.'
    return text, {} if text is not None else dict(anchors=reason, selection=reason)


def describe_anchors(
    text: list[list[str]], head: AnchorHead, cfg: Config, folder: str
) -> tuple[dict[int, dict], dict[str, str]]:
    """Return label → the anchors of a class, and why something is left out.

    An anchor is [place, sentence, L_lin, None]; of classes with more than the
    page has room for, those of the least and of the largest L_lin.
    """
    losses = head.anchor_record.losses or [[None] * head.anchor_mask.shape[1]] * len(text)
    room = sentence_room(len(text))
    details: dict[int, dict] = {}
    for label, (sentences, own) in enumerate(zip(text, losses)):
        anchors = [[m, shorten(s), own[m], None] for m, s in enumerate(sentences)]
        details[label] = dict(num_anchors=len(anchors), anchors=_both_ends(anchors, room))
    try:
        file = read_selection(cfg, folder)
        for label, part in enumerate(file.parts(text, max(6, room // 4))):
            details[label]['dropped'] = part
    except (OSError, ValueError) as error:
        return details, dict(selection=str(error))
    return details, {}


def sentence_room(num_classes: int) -> int:
    """Return how many sentences of a class a page of so many classes has room for."""
    return max(6, _MOST_SENTENCES // num_classes)


def _both_ends(anchors: list[list], room: int) -> list[list]:
    """Return all anchors by L_lin, or the first and the last of them."""
    order = sorted(anchors, key=lambda a: (a[2] is None, a[2] or 0))
    if len(order) <= room:
        return order
    return order[: room - room // 2] + order[len(order) - room // 2 :]


@torch.no_grad()
def explain_images(
    model: nn.Module,
    dataset: Dataset,
    run: FoundRun,
    rows: Sequence[int],
    text: list[list[str]] | None,
) -> list[dict]:
    """Ask a model about test samples, whose anchors have the given sentences.

    Returns:
        list[dict]: of each: ``label``; ``source``, a picture; ``classes``, the
        best first, each [label, score, visual, language, sentences as
        [sentence, weight]]; ``true``, the same of the true class; ``weights``,
        the attention (M,) over the true class's anchors, None without.
    """
    indices = [int(run.indices[row]) for row in rows]
    labels = torch.as_tensor(run.record.labels[list(rows)])
    data = model.data_preprocessor(pseudo_collate([dataset[index] for index in indices]), False)
    feats = model.extract_feat(data['inputs'])
    said = model.head.predict(feats, data['data_samples'])
    scores = torch.stack([sample.pred_score for sample in said])
    top = scores.topk(min(_TOP, scores.shape[1])).indices
    classes = torch.cat((top, labels.to(top.device).unsqueeze(1)), dim=1)  # (N, K + 1)
    parts, weights = [None, None], None
    if isinstance(model.head, AnchorHead):
        parts = [part.gather(1, classes).tolist() for part in model.head.branch_scores(feats)]
        weights = attention_over(model.head, feats, classes).cpu()
    values = scores.gather(1, classes).tolist()
    images = []
    for n, (index, own) in enumerate(zip(indices, classes.tolist())):
        found = [
            [
                label,
                round(values[n][k], 4),
                *(part and round(part[n][k], 3) for part in parts),
                _driving(text[label], weights[n, k]) if text else [],
            ]
            for k, label in enumerate(own)
        ]
        images.append(
            dict(
                label=own[-1],
                source=thumbnail(dataset.get_data_info(index)),
                classes=found[:-1],
                true=found[-1],
                weights=None if weights is None else _rounded(weights[n, -1]),
            )
        )
    return images


def _driving(sentences: list[str], weights: Tensor) -> list[list]:
    """Return the sentences with the largest weights."""
    order = weights[: len(sentences)].argsort(descending=True, stable=True)[:_DRIVING].tolist()
    return [[shorten(sentences[m]), round(float(weights[m]), 4)] for m in order]


def _rounded(weights: Tensor) -> list[float]:
    return [round(weight, 4) for weight in weights.tolist()]


def _average(detail: dict):
    """Put the mean attention of a class's images beside its anchors."""
    weights = [image['weights'] for image in detail.get('images', ()) if image['weights']]
    for anchor in detail.get('anchors', ()):
        if weights:
            anchor[3] = round(sum(own[anchor[0]] for own in weights) / len(weights), 4)
    for image in detail.get('images', ()):
        own = image.pop('weights')
        image['attention'] = own and [own[anchor[0]] for anchor in detail.get('anchors', ())]
    for anchor in detail.get('anchors', ()):
        del anchor[0]
