"""Fill heads without training before each evaluation."""

from mmengine.device import get_device
from mmengine.hooks import Hook
from mmpretrain.registry import DATASETS, HOOKS, MODELS
from torch import nn

from ...datasets import TextCorpus
from ...structures import FeatureBank
from ...utils.dataset_facts import read_classes, read_gt_labels
from ...utils.model import unwrap_model
from ...utils.validation import check_int
from ...utils.weights_digest import weights_digest
from ..anchors import cap_per_class
from ..class_records import compare_data_sets
from ..data import image_config
from ..encoding import build_image_bank, build_sentence_bank


@HOOKS.register_module()
class FeatureBankHook(Hook):
    """Hand the head a bank of labelled images or sentences.

    For heads with ``set_bank``: ``PrototypeClsHead`` and ``KNNClsHead``. The
    bank is encoded at the first batch of the first evaluation, when hooks such
    as ``EMAHook`` have exchanged the weights, whatever their priorities; and
    again only when the weights of the model's tower have changed, which a
    frozen tower's do not.

    Args:
        images (str | dict, optional): the images that the model's own tower
            encodes: a data set config or the name of a loader, as in
            ``AnSSHook``. A ``FeatureDataset`` will do for a model on stored
            features, also one of sentences. Defaults to None.
        corpus (dict, optional): the config of the ``TextCorpus`` whose
            sentences ``text_backbone`` encodes; its classes come from the
            evaluated data set. Defaults to None.
        text_backbone (dict, optional): the config of the text tower that
            belongs to the model's image tower, with its weights in
            ``pretrained``. Only with ``corpus``. Defaults to None.
        max_images_per_class (int, optional): Defaults to None, all.
        batch_size (int): images or sentences at a time. Defaults to 256.
        num_workers (int): loader processes per rank. Defaults to 2.
        seed (int): seed of the draw of images. Defaults to 0.

    Raises:
        ValueError: if not exactly one of ``images`` and ``corpus`` is given,
            ``text_backbone`` does not go with ``corpus``, or
            ``max_images_per_class`` is below 1.
    """

    def __init__(
        self,
        images: str | dict | None = None,
        corpus: dict | None = None,
        text_backbone: dict | None = None,
        max_images_per_class: int | None = None,
        batch_size: int = 256,
        num_workers: int = 2,
        seed: int = 0,
    ):
        if (images is None) == (corpus is None):
            raise ValueError(
                f'images is {images} and corpus {corpus}; give FeatureBankHook exactly one of them.'
            )
        if (corpus is None) != (text_backbone is None):
            raise ValueError(
                f'corpus is {corpus} and text_backbone {text_backbone}; '
                'sentences need both, images neither.'
            )
        if corpus is not None and not text_backbone.get('pretrained'):
            raise ValueError(
                f'text_backbone is {text_backbone}, without `pretrained`; '
                "name the weights that belong to the model's image tower."
            )
        if max_images_per_class is not None:
            check_int(max_images_per_class, 'max_images_per_class of FeatureBankHook', 1)
        self.images = images
        self.corpus = corpus
        self.text_backbone = text_backbone
        self.max_images_per_class = max_images_per_class
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.seed = seed
        self._bank: FeatureBank | None = None
        self._made_from = None

    def before_val_iter(self, runner, batch_idx, data_batch=None):
        """Fill the head for the validation."""
        if batch_idx == 0:
            self._hand_over(runner, runner.val_dataloader.dataset)

    def before_test_iter(self, runner, batch_idx, data_batch=None):
        """Fill the head for the test, with the tested weights."""
        if batch_idx == 0:
            self._hand_over(runner, runner.test_dataloader.dataset)

    def _hand_over(self, runner, evaluated):
        """Encode where needed and call ``set_bank``."""
        model = unwrap_model(runner.model)
        if not hasattr(model.head, 'set_bank'):
            raise ValueError(
                'FeatureBankHook needs a head with set_bank (PrototypeClsHead or KNNClsHead), but '
                f'model.head is {type(model.head).__name__}; change it or remove the hook.'
            )
        classes = read_classes(evaluated)
        made_from = (classes, self.images and _tower_digest(model))
        if self._bank is None or made_from != self._made_from:
            if self.images:
                images = DATASETS.build(image_config(self.images, runner.cfg))
                compare_data_sets(images, evaluated, 'images of FeatureBankHook')
                self._bank = self._image_bank(model, images)
            else:
                self._bank = self._sentence_bank(classes)
            self._bank.meta['classes'] = classes
            self._made_from = made_from
        model.head.set_bank(self._bank)

    def _image_bank(self, model: nn.Module, dataset) -> FeatureBank:
        """Encode images with the model's own tower."""
        indices = cap_per_class(read_gt_labels(dataset), self.max_images_per_class, self.seed)
        return build_image_bank(model, dataset, indices.tolist(), self.batch_size, self.num_workers)

    def _sentence_bank(self, classes) -> FeatureBank:
        """Encode the sentences with a text tower that is then dropped."""
        corpus = TextCorpus.from_cfg(self.corpus, classes)
        tower = MODELS.build(self.text_backbone)
        tower.init_weights()
        return build_sentence_bank(tower.to(get_device()), corpus, self.batch_size)


def _tower_digest(model: nn.Module) -> str:
    """Hash all weights that shape the head's input."""
    return weights_digest(
        nn.ModuleDict({name: module for name, module in model.named_children() if name != 'head'})
    )
