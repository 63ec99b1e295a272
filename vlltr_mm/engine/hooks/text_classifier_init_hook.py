"""Start a cosine classifier from the names of its classes, or from their images."""

import gc

import torch
import torch.nn.functional as F
from mmengine.device import get_device
from mmengine.hooks import EMAHook, Hook
from mmpretrain.registry import DATASETS, HOOKS, MODELS
from torch import Tensor, nn

from ...datasets import TextCorpus
from ...models import CosineLinearClsHead, OpenCLIPVisionBackbone
from ...utils.dataset_facts import read_classes, read_gt_labels
from ...utils.model import unwrap_model
from ...utils.validation import check_int
from ..anchors import cap_per_class
from ..class_records import compare_data_sets
from ..classifier_start import CENTERS, pull_back, text_start
from ..data import image_config
from ..encoding import build_image_bank, build_sentence_bank

_WEIGHT = 'head.fc.weight'
_PROMPT = dict(sources=[dict(type='PromptTemplates', templates=['a photo of a {}.'])])


@HOOKS.register_module()
class TextClassifierInitHook(Hook):
    """Start ``CosineLinearClsHead`` as a zero-shot classifier.

    Before the first epoch the text tower of the model's CLIP encodes sentences
    of each class, distributed over the ranks, and is dropped. The rows of the
    classifier become their directions t_c; where the image tower gives the
    class token before CLIP's projection P (``out_type='cls_token'``), they are
    t_c·Pᵀ at unit norm, whose cosine is near that of t_c to the embedding but
    for |t_c·Pᵀ|, so that the start is near zero-shot CLIP, not equal to it.
    A run whose checkpoint (``resume`` or ``load_from``) has the classifier
    keeps it. Source: LIFT (Shi et al., ICML 2024, arXiv 2309.10019).

    Args:
        corpus (dict, optional): the config of a ``TextCorpus``; its classes
            are the training set's where it names none. Defaults to None, 'a
            photo of a {}.' for each.
        text_backbone (dict, optional): the config of the text tower that
            belongs to the image tower, with ``pretrained``. Defaults to None,
            that of the image tower's ``arch`` and ``pretrained``.
        center (str): 'none'; or 'global', which takes the mean of all classes
            off the texts, see ``text_start``. Defaults to 'none'.
        images (str | dict, optional): start from the mean of the features of
            each class's images instead of text: a data set config or the name
            of a loader, as in ``AnSSHook``. Defaults to None.
        max_images_per_class (int, optional): of ``images``. Defaults to None,
            all.
        validate (bool): validate once before training, which tells how good
            the start is. Defaults to False.
        batch_size (int): sentences or images at a time. Defaults to 256.
        num_workers (int): loader processes per rank. Defaults to 2.
        seed (int): of the draw of images. Defaults to 0.

    Raises:
        ValueError: if ``images`` is given beside what is of text, ``center``
            is unknown, ``text_backbone`` has no weights, or
            ``max_images_per_class`` is below 1.
    """

    # The validation comes after what other hooks do before training.
    priority = 'LOWEST'

    def __init__(
        self,
        corpus: dict | None = None,
        text_backbone: dict | None = None,
        center: str = 'none',
        images: str | dict | None = None,
        max_images_per_class: int | None = None,
        validate: bool = False,
        batch_size: int = 256,
        num_workers: int = 2,
        seed: int = 0,
    ):
        if center not in CENTERS:
            raise ValueError(f"center is '{center}'; allowed are {', '.join(map(repr, CENTERS))}.")
        if images is not None and (corpus, text_backbone, center) != (None, None, 'none'):
            raise ValueError(
                f'images is {images} beside corpus={corpus}, text_backbone={text_backbone} and '
                f"center='{center}', which are of text; give TextClassifierInitHook one start."
            )
        if text_backbone is not None and not text_backbone.get('pretrained'):
            raise ValueError(
                f'text_backbone is {text_backbone}, without `pretrained`; '
                "name the weights that belong to the model's image tower."
            )
        if max_images_per_class is not None:
            check_int(max_images_per_class, 'max_images_per_class of TextClassifierInitHook', 1)
        self.corpus = corpus or _PROMPT
        self.text_backbone = text_backbone
        self.center = center
        self.images = images
        self.max_images_per_class = max_images_per_class
        self.validate = validate
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.seed = seed
        self._loaded = False

    def after_load_checkpoint(self, runner, checkpoint: dict):
        """Note whether a checkpoint has the classifier."""
        state = checkpoint.get('state_dict', checkpoint)
        self._loaded = any(key.removeprefix('module.') == _WEIGHT for key in state)

    def before_train(self, runner):
        """Write the classifier's weights, and validate where that is asked for.

        Raises:
            ValueError: if the head is none of the kind, has a start of its
                own, or tower, text and head do not fit one another.
        """
        if self._loaded:
            runner.logger.info('TextClassifierInitHook: the classifier is that of the checkpoint.')
            return
        model = unwrap_model(runner.model)
        _check_head(model)
        dataset = runner.train_dataloader.dataset
        weight = self._of_images(model, runner) if self.images else self._of_text(model, dataset)
        with torch.no_grad():
            model.head.fc.weight.copy_(weight)
        kind = 'images' if self.images else f'texts (center={self.center!r})'
        runner.logger.info(f'The classifier starts from the {kind} of {len(weight)} classes.')
        if self.validate and runner.val_loop is not None:
            _validate(model, runner)

    def _of_text(self, model: nn.Module, dataset) -> Tensor:
        """Return the start from text, (C, in_channels), the same on every rank."""
        corpus = TextCorpus.from_cfg(self.corpus, read_classes(dataset))
        tower = MODELS.build(self.text_backbone or _text_tower_of(model.backbone))
        tower.init_weights()
        bank = build_sentence_bank(tower.to(get_device()), corpus, self.batch_size)
        del tower
        gc.collect()
        bank.meta['classes'] = corpus.classes
        texts = text_start(bank, model.head.num_classes, self.center)
        projection = getattr(model.backbone, 'projection', None)
        projection = projection if isinstance(projection, Tensor) else None
        width = model.head.in_channels
        takes = (width, width) if projection is None else tuple(projection.shape)
        if (width, texts.shape[1]) != takes:
            raise ValueError(
                f'model.head takes in_channels={width} and the text tower gives {texts.shape[1]}-d '
                f'embeddings; with this image tower they must be {takes[0]} and {takes[1]}. Set '
                'in_channels, and name the text tower of the same CLIP.'
            )
        return texts if projection is None else pull_back(texts, projection.cpu())

    def _of_images(self, model: nn.Module, runner) -> Tensor:
        """Return the start from images, (C, in_channels), the same on every rank."""
        images = DATASETS.build(image_config(self.images, runner.cfg))
        compare_data_sets(
            images, runner.train_dataloader.dataset, 'images of TextClassifierInitHook'
        )
        chosen = cap_per_class(read_gt_labels(images), self.max_images_per_class, self.seed)
        bank = build_image_bank(model, images, chosen.tolist(), self.batch_size, self.num_workers)
        bank.meta['classes'] = read_classes(images)
        bank.check_covers(model.head.num_classes, model.head.in_channels)
        return F.normalize(bank.class_means(model.head.num_classes), dim=1)


def _check_head(model: nn.Module):
    """Refuse a classifier that cannot start from text."""
    head = getattr(model, 'head', None)
    if not isinstance(head, CosineLinearClsHead):
        raise ValueError(
            f'model.head is {type(head).__name__}; TextClassifierInitHook starts a '
            'CosineLinearClsHead. Use that head, or remove the hook.'
        )
    if head.prototypes is not None:
        raise ValueError(
            f"model.head.prototypes is '{head.prototypes}', a start of its own; leave it or "
            'TextClassifierInitHook out.'
        )
    if getattr(model, 'neck', None) is not None:
        raise ValueError(
            f'model.neck is {type(model.neck).__name__}, but the texts are of the space before a '
            'neck; remove it, or TextClassifierInitHook.'
        )


def _text_tower_of(backbone: nn.Module) -> dict:
    """Return the config of the text tower in the file that an image tower is read from."""
    if not isinstance(backbone, OpenCLIPVisionBackbone) or not backbone.pretrained:
        raise ValueError(
            f'model.backbone is {type(backbone).__name__} with pretrained='
            f'{getattr(backbone, "pretrained", None)}, which tells no text tower; give '
            "TextClassifierInitHook text_backbone=dict(type='OpenCLIPTextBackbone', arch=..., "
            'pretrained=...) of the same CLIP.'
        )
    return dict(
        type='OpenCLIPTextBackbone',
        arch=backbone.arch,
        pretrained=backbone.pretrained,
        quick_gelu=backbone.quick_gelu,
    )


def _validate(model: nn.Module, runner):
    """Validate the start, also where averaged weights are what is validated."""
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):  # it was made before there were weights
            hook.ema_model.module.load_state_dict(model.state_dict())
    runner.val_loop.run()
