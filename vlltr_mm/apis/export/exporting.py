"""Export a finished classifier, and compare the file with the model."""

import importlib.util
import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmengine.config import Config
from torch import Tensor

from ...engine.data import open_images
from ...models import AnchorHead
from ...structures import ClassRecord
from ...utils.files import write_json
from ...utils.validation import check_int, check_number
from ...utils.whole_path import whole_folder
from ...version import __version__
from ..inference.loading import load_classifier
from ..inference.predicting import class_names, test_pipeline
from ..running.config import RunOptions, load_config
from .card import write_card
from .formats import FORMATS, Format
from .graph import ExportedClassifier, describe_input
from .parity import Parity, compare, read_inputs

_NEEDS = dict(onnx=('onnx', 'onnxscript', 'onnxruntime'))
_MIN_TORCH = (2, 9)  # whose exporters are used


@dataclass(frozen=True)
class ExportReport:
    """What was written and how it compares with the model.

    folder: of the files. size: of the model's, in bytes. parity: see
    ``Parity``. images: how many were compared.
    """

    folder: str
    size: int
    parity: Parity


@dataclass(frozen=True)
class ExportOptions:
    """How a model is exported.

    Args:
        format (str): 'onnx' or 'torch-export'. Defaults to 'onnx'.
        topk (int, optional): return the labels and scores of so many classes.
            Defaults to None, logits and scores of all.
        raw (bool): take uint8 pixels and normalise them in the graph.
            Defaults to False.
        images (Sequence[str], optional): those to compare on. Defaults to
            None, of the test set.
        num_images (int): how many of them, evenly spread. Defaults to 500.
        tolerance (float): largest difference of a logit, or with ``topk`` of
            a score. Defaults to 1e-4.
        licence (str, optional): for the card. Defaults to None.
        cfg_options (dict, optional): settings that replace the config's.
            Defaults to None.

    Raises:
        ImportError: if a package that the format needs is missing.
        ValueError: if an argument is out of its range.
    """

    format: str = 'onnx'
    topk: int | None = None
    raw: bool = False
    images: Sequence[str] | None = None
    num_images: int = 500
    tolerance: float = 1e-4
    licence: str | None = None
    cfg_options: dict | None = None

    def __post_init__(self):
        if self.format not in FORMATS:
            raise ValueError(f"format is '{self.format}'; give one of {', '.join(FORMATS)}.")
        check_int(self.num_images, 'num_images', 1)
        check_number(self.tolerance, 'tolerance', 0)
        if self.topk is not None:
            check_int(self.topk, 'topk', 1)
        _check_packages(self.format)


def export_classifier(config: str, checkpoint: str | None, folder: str, **options) -> ExportReport:
    """Write a finished classifier as a file that needs neither this package nor a config.

    The folder gets the model (``model.onnx``, with its weights in
    ``model.onnx.data`` where they exceed 2 GB; or ``model.pt2``),
    ``metadata.json`` (classes, training counts, the sentences of the anchors,
    how images are prepared), ``labels.txt`` and a model card. It appears when
    all of it is written and the model in the file, run on images, says what
    the model itself says.

    Args:
        config (str): the config file, or a name that ``find_config`` knows.
        checkpoint (str | None): the file; None for a config that trains
            nothing.
        folder (str): a new folder.
        **options: those of ``ExportOptions``.

    Returns:
        ExportReport: what was written.

    Raises:
        FileExistsError: if the folder exists.
        ValueError: if a file is not of the model, or the exported model says
            something else.
    """
    options = ExportOptions(**options)
    if osp.exists(folder):
        raise FileExistsError(f"'{folder}' exists; name a new folder.")
    cfg = load_config(config, RunOptions(cfg_options=options.cfg_options))
    pipeline = test_pipeline(cfg)
    images = list(options.images or _test_images(cfg))
    model, record = load_classifier(cfg, checkpoint)
    model.cpu().float()
    names = class_names(record, model.head)
    topk = options.topk
    if topk is not None and topk > len(names):
        raise ValueError(f'topk is {topk}, of {len(names)} classes; give at most that many.')
    inputs = read_inputs(images, pipeline, options.num_images)
    graph = ExportedClassifier(model, topk, options.raw).eval()
    meta = _metadata(cfg, checkpoint, model, record, names, pipeline, graph)
    kind = FORMATS[options.format]
    with whole_folder(folder) as temporary:
        path = osp.join(temporary, kind.file)
        parity = _write_and_compare(kind, graph, inputs, path, meta)
        _check_parity(parity, options.tolerance, topk)
        size = sum(osp.getsize(p) for p in (path, f'{path}.data') if osp.isfile(p))
        write_json(osp.join(temporary, 'metadata.json'), meta)
        with open(osp.join(temporary, 'labels.txt'), 'w', encoding='utf-8') as file:
            file.writelines(f'{name}\n' for name in names)
        write_card(osp.join(temporary, 'README.md'), meta, kind.file, parity, options.licence)
    return ExportReport(folder, size, parity)


def _write_and_compare(
    kind: Format, graph: ExportedClassifier, inputs: Tensor, path: str, meta: dict
) -> Parity:
    """Write the model's file, and run it on the inputs beside the model."""
    example = inputs[:2] if len(inputs) > 1 else inputs.repeat(2, 1, 1, 1)
    kind.write(graph, graph.prepared(example), path, meta)
    return compare(graph, kind.load(path), inputs)


def _check_packages(format: str):
    """Refuse what cannot be written here, before anything long is done."""
    missing = [name for name in _NEEDS.get(format, ()) if not importlib.util.find_spec(name)]
    if missing:
        raise ImportError(
            f'{", ".join(missing)} cannot be imported, which the export to {format} needs; '
            "pip install 'vlltr_mm[export]', or requirements/export.txt."
        )
    if torch.__version__ < _MIN_TORCH:
        raise ImportError(
            f'torch is {torch.__version__}; the export needs {".".join(map(str, _MIN_TORCH))} or '
            'later. A checkpoint of an older torch can be exported with a newer one.'
        )


def _test_images(cfg: Config) -> list[str]:
    """List the images of the test set."""
    try:
        dataset = open_images(cfg.test_dataloader.dataset)
    except (FileNotFoundError, ValueError) as error:
        raise ValueError(
            f'The test set of {cfg.filename}, on whose images the exported model is compared with '
            f'the model itself, cannot be read ({error}). Give images of your own (--images).'
        ) from error
    return [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]


def _metadata(
    cfg: Config,
    checkpoint: str | None,
    model,
    record: ClassRecord | None,
    names: list[str],
    pipeline,
    graph: ExportedClassifier,
) -> dict:
    """Gather what goes with the model, as JSON values."""
    head = model.head
    anchors = head.anchor_record if isinstance(head, AnchorHead) else None
    return dict(
        vlltr_mm=__version__,
        config=osp.basename(cfg.filename),
        checkpoint=checkpoint and osp.basename(checkpoint),
        head=type(head).__name__,
        classes=names,
        class_counts=list(record.class_counts) if record and record.class_counts else None,
        sentences=anchors.text(head.anchor_mask) if anchors else None,
        outputs=graph.outputs,
        input=describe_input(model, pipeline, graph.raw),
        topk=graph.topk,
    )


def _check_parity(parity: Parity, tolerance: float, topk: int | None):
    """Refuse a file that says something else than the model."""
    what = 'logit' if topk is None else 'score'
    if parity.difference > tolerance or parity.other_labels:
        raise ValueError(
            f'The exported model differs from the model by {parity.difference:.2g} in a {what} '
            f'(tolerance {tolerance:g}) and names another best class for {parity.other_labels} of '
            f'{parity.images} images; nothing was written. A larger tolerance allows for rounding '
            'of large logits, other labels are never allowed.'
        )
