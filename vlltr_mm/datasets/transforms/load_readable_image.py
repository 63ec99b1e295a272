"""Read images; skip and count those that cannot be read."""

import logging

from mmcv.transforms import LoadImageFromFile
from mmengine.logging import print_log
from mmpretrain.registry import TRANSFORMS

from ...utils.image_files import READ_ERRORS, find_fault, unreadable


@TRANSFORMS.register_module()
class LoadReadableImage(LoadImageFromFile):
    """Read an image as ``LoadImageFromFile`` does; say which cannot be read.

    With ``max_skipped`` such an image is left out of training: the data set
    draws another of its samples at random in its place, with its own label
    and sentence, and a warning names the file and counts. Not for validation
    and test, where every image has to be seen.

    Args:
        max_skipped (int): how many different images may be skipped, counted
            in each loader process. Defaults to 0: the first ends the run.
        **kwargs: those of mmcv's ``LoadImageFromFile``, without
            ``ignore_empty``.

    Raises:
        ValueError: if max_skipped is negative, or more images cannot be read.
    """

    def __init__(self, max_skipped: int = 0, **kwargs):
        if not isinstance(max_skipped, int) or max_skipped < 0:
            raise ValueError(f'max_skipped is {max_skipped!r}; give a number of images, 0 or more.')
        super().__init__(**kwargs)
        self.max_skipped = max_skipped
        self._skipped: set[str] = set()

    def transform(self, results: dict) -> dict | None:
        """Return the results with the image, or None where it is skipped."""
        path = results['img_path']
        try:
            return super().transform(results)
        except READ_ERRORS as error:
            if path not in self._skipped:
                on_disk = (self.backend_args or {}).get('backend', 'local') == 'local'
                fault = find_fault(path, lambda _: None, decode=True) if on_disk else None
                self._count(path, fault or f'it cannot be read ({error})', error)
        return None

    def _count(self, path: str, fault: str, error: Exception):
        """Note a file that was not skipped before."""
        if len(self._skipped) >= self.max_skipped:
            told = (
                f' {self.max_skipped} others were skipped, such as {min(self._skipped)}; '
                'max_skipped allows no more.'
                if self._skipped
                else ''
            )
            raise unreadable(path, fault, told) from error
        self._skipped.add(path)
        print_log(
            f"Skipped the image '{path}': {fault}; another is drawn in its place "
            f'({len(self._skipped)} of at most {self.max_skipped} in this process).',
            'current',
            level=logging.WARNING,
        )

    def __repr__(self):
        """Return the arguments."""
        return f'{super().__repr__()[:-1]}, max_skipped={self.max_skipped})'
