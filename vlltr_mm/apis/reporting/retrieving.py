"""Images that a text tower finds nearest to a text."""

import os.path as osp

import torch.nn.functional as F
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from torch import Tensor

from ...datasets.text_corpus_dataset import evaluation_config, first_pipeline
from ...engine.data import open_images
from ...engine.encoding import build_image_bank
from ...engine.loading import load_for_test
from ...engine.text_tower import TextEncoder, find_tokenizer
from ...models import CVLP
from ...utils.model import build_model
from ..inference.images import evenly_spread
from ..running.config import RunOptions, load_config, stage_before
from .finding import FoundRun, ReportOptions, find_checkpoint, kept_config
from .pictures import thumbnail

_MOST_IMAGES = 5000  # that are searched
_SHOWN = 8


def find_images_of_text(run: FoundRun, cfg: Config, options: ReportOptions) -> list[dict]:
    """Find the test images that texts are nearest to, with the towers of stage 1.

    Args:
        run (FoundRun): the run.
        cfg (Config): that made it.
        options (ReportOptions): the queries, the stage-1 checkpoint, the device.

    Returns:
        list[dict]: of each query its ``text``, and ``images`` as [picture,
        label, cosine], the nearest first; ``searched``, how many images.

    Raises:
        FileNotFoundError: if the checkpoint or the images are not there.
        ValueError: if no text was given, or there is no text tower.
    """
    if not options.queries:
        raise ValueError('No text was asked for; give --query TEXT ...')
    before, checkpoint = find_text_stage(run, cfg, options.text_checkpoint)
    init_default_scope(before.get('default_scope', 'mmpretrain'))
    model = build_model(before)
    if not isinstance(model, CVLP):
        raise ValueError(
            f'{before.filename} trains {type(model).__name__}, which has no text tower.'
        )
    encode = TextEncoder(model.text_backbone, find_tokenizer(before))
    blank = [text for text in options.queries if encode.tokenizer.is_blank(text)]
    if blank:
        raise ValueError(f'The query {blank[0]!r} has no letters; give some text.')
    load_for_test(model, checkpoint)
    model.to(options.device or get_device()).eval()
    seen = before.get('val_dataloader') or before.get('test_dataloader') or cfg.test_dataloader
    pipeline = first_pipeline(seen.dataset) or first_pipeline(cfg.test_dataloader.dataset)
    dataset = open_images(evaluation_config(cfg.test_dataloader.dataset, pipeline))
    indices = evenly_spread(len(dataset), _MOST_IMAGES)
    bank = build_image_bank(model, dataset, indices)
    cosines, nearest = nearest_images(encode(options.queries), bank.feats, _SHOWN)
    return [
        dict(
            text=text,
            searched=len(indices),
            images=[
                [
                    thumbnail(dataset.get_data_info(indices[place])),
                    int(bank.labels[place]),
                    round(cosine, 3),
                ]
                for cosine, place in zip(*found)
            ],
        )
        for text, *found in zip(options.queries, cosines.tolist(), nearest.tolist())
    ]


def find_text_stage(run: FoundRun, cfg: Config, checkpoint: str | None) -> tuple[Config, str]:
    """Return the config of the stage with the text tower, and its checkpoint.

    Raises:
        FileNotFoundError: if there is no checkpoint.
        ValueError: if the run builds on no stage.
    """
    if not cfg.get('pretrain_config'):
        raise ValueError(f"The run '{run.record.name}' builds on no stage with a text tower.")
    folder = cfg.pretrain_work_dir
    beside = osp.join(osp.dirname(osp.abspath(run.folder)), osp.basename(folder))
    if not osp.isdir(folder) and osp.isdir(beside):
        folder = beside  # a comparison that was moved
    path = kept_config(folder) if osp.isdir(folder) else stage_before(cfg)
    stage = load_config(path, RunOptions(work_dir=folder))
    checkpoint = checkpoint or find_checkpoint(folder)
    if checkpoint is None:
        raise FileNotFoundError(
            f"'{folder}' has no checkpoint of the text tower; give --text-checkpoint FILE."
        )
    return stage, checkpoint


def nearest_images(queries: Tensor, images: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Find the images of the largest cosine.

    Args:
        queries (Tensor): (Q, D).
        images (Tensor): (I, D).
        most (int): K, at most I are returned.

    Returns:
        tuple[Tensor, Tensor]: cosines and places (Q, K), the nearest first.
    """
    cosines = F.normalize(queries, dim=1) @ F.normalize(images, dim=1).T
    return cosines.topk(min(most, len(images)), dim=1)
