"""Start the centroids of OLTR's head from the means of the classes."""

from mmengine.hooks import Hook
from mmpretrain.registry import DATASETS, HOOKS

from ...utils.dataset_facts import read_classes, read_gt_labels
from ...utils.model import unwrap_model
from ...utils.validation import check_int
from ..anchors import cap_per_class
from ..class_records import compare_data_sets
from ..data import image_config
from ..encoding import build_image_bank

_CENTROIDS = 'head.centroids'


@HOOKS.register_module()
class CentroidInitHook(Hook):
    """Set the centroids to the class means of the features before training.

    For heads with ``set_centroids``, such as ``MetaEmbeddingClsHead``. The
    images go through the model in eval mode, shared out over the ranks, with
    the weights that training starts from. A run whose checkpoint (``resume``
    or ``load_from``) has the centroids keeps those.

    Args:
        images (str | dict): a data set config, with the test pipeline, or the
            name of a loader, as in ``AnSSHook``.
        max_images_per_class (int, optional): Defaults to None, all.
        batch_size (int): images at a time. Defaults to 256.
        num_workers (int): loader processes per rank. Defaults to 2.
        seed (int): of the draw of images. Defaults to 0.

    Raises:
        ValueError: if ``max_images_per_class`` is below 1.
    """

    def __init__(
        self,
        images: str | dict,
        max_images_per_class: int | None = None,
        batch_size: int = 256,
        num_workers: int = 2,
        seed: int = 0,
    ):
        if max_images_per_class is not None:
            check_int(max_images_per_class, 'max_images_per_class of CentroidInitHook', 1)
        self.images = images
        self.max_images_per_class = max_images_per_class
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.seed = seed
        self._loaded = False

    def after_load_checkpoint(self, runner, checkpoint: dict):
        """Note whether a checkpoint has the centroids."""
        state = checkpoint.get('state_dict', checkpoint)
        self._loaded = any(key.removeprefix('module.') == _CENTROIDS for key in state)

    def before_train(self, runner):
        """Encode the images and set the centroids.

        Raises:
            ValueError: if the head has none, or the images are of other
                classes than the training set or lack one.
        """
        head = getattr(unwrap_model(runner.model), 'head', None)
        if not hasattr(head, 'set_centroids'):
            raise ValueError(
                f'CentroidInitHook needs a head with set_centroids (MetaEmbeddingClsHead), but '
                f'model.head is {type(head).__name__}; change it or remove the hook.'
            )
        if self._loaded:
            runner.logger.info('CentroidInitHook: the centroids are those of the checkpoint.')
            return
        images = DATASETS.build(image_config(self.images, runner.cfg))
        training = runner.train_dataloader.dataset
        compare_data_sets(images, training, 'images of CentroidInitHook')
        chosen = cap_per_class(read_gt_labels(images), self.max_images_per_class, self.seed)
        model = unwrap_model(runner.model)
        bank = build_image_bank(model, images, chosen.tolist(), self.batch_size, self.num_workers)
        bank.meta['classes'] = read_classes(images)
        head.set_centroids(bank)
        runner.logger.info(f'The centroids start from the features of {len(bank)} images.')
