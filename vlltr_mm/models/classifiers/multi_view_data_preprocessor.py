"""Several views of each image."""

from mmpretrain.models import ClsDataPreprocessor
from mmpretrain.registry import MODELS


@MODELS.register_module()
class MultiViewDataPreprocessor(ClsDataPreprocessor):
    """``ClsDataPreprocessor`` that takes the views of ``MultiView`` too.

    As MMPretrain's ``SelfSupDataPreprocessor`` it prepares a list of views;
    batches of one view are treated as usual.

    Raises:
        ValueError: if there are batch augmentations, which would mix each view
            with other images.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        if self.batch_augments is not None:
            raise ValueError(
                'MultiViewDataPreprocessor has batch_augments (Mixup, CutMix of model.train_cfg), '
                'which would mix the views of an image with different ones; leave them out.'
            )

    def forward(self, data: dict, training: bool = False) -> dict:
        """Return ``inputs``, a list of V views (N, 3, H, W), or (N, 3, H, W) of one."""
        inputs = data['inputs']
        if not isinstance(inputs, (list, tuple)) or _is_image(inputs[0]):
            return super().forward(data, training)
        parent = super().forward
        parts = [parent(dict(data, inputs=view), training) for view in inputs]
        return dict(parts[0], inputs=[part['inputs'] for part in parts])


def _is_image(view) -> bool:
    """Tell an image (3, H, W) from a view of N of them, stacked or listed."""
    return not isinstance(view, (list, tuple)) and view.ndim == 3
