"""A classifier whose experts see only the images that need them."""

from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from .whole_checkpoint import load_whole


class ExpertFeatures:
    """The features of experts, computed when they are asked for.

    Args:
        model (RoutedClassifier): with backbone and neck.
        inputs (Tensor): images (N, 3, H, W).
    """

    def __init__(self, model: 'RoutedClassifier', inputs: Tensor):
        self.model = model
        self.shared = model.backbone.shared(inputs)

    def take(self, index: int, rows: Tensor | None) -> Tensor:
        """Return the feature (n, D) of one expert for some images, or for all with None."""
        shared = self.shared if rows is None else self.shared[rows]
        maps = (self.model.backbone.expert(shared, index),)
        return (self.model.neck(maps) if self.model.with_neck else maps)[0]


@MODELS.register_module()
class RoutedClassifier(ImageClassifier):
    """An ``ImageClassifier`` with a router between its experts, in RIDE's second stage.

    Training needs all experts; in a test an expert computes only the images
    that the router sends to it.

    Args:
        pretrained (str, optional): the checkpoint of the experts, a run of
            the same model with a ``MultiExpertClsHead``: all but the router
            starts from it, strictly. Read by ``init_weights``. Defaults to
            None.
        **kwargs: of ``ImageClassifier``: a backbone with experts, such as
            ``ExpertResNet``, with ``frozen=True``, and an
            ``ExpertRouterHead``.

    Raises:
        ValueError: if the backbone has no experts.
    """

    def __init__(self, pretrained: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.pretrained = pretrained
        if not hasattr(self.backbone, 'experts'):
            raise ValueError(
                f'{type(self.backbone).__name__} has no experts to route to; take ExpertResNet, '
                'ExpertResNeXt or ExpertCIFARResNet, or an ImageClassifier in place of the '
                'RoutedClassifier.'
            )

    def init_weights(self):
        """Initialise, and read the trained experts.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it does not have these experts.
        """
        super().init_weights()
        if self.pretrained is not None:
            own = tuple(f'head.{name}' for name in self.head.OWN)
            load_whole(self, self.pretrained, 'experts', own)

    def predict(
        self, inputs: Tensor, data_samples: list[DataSample] | None = None, **kwargs
    ) -> list[DataSample]:
        """Predict, each expert for the images that are sent to it.

        Args:
            inputs (Tensor): images (N, 3, H, W).
            data_samples (list[DataSample], optional): filled with the results.
                Defaults to None.
            **kwargs: for the head.
        """
        return self.head.predict(ExpertFeatures(self, inputs), data_samples, **kwargs)
