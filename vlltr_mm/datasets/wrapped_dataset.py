"""What all data sets around another one share."""

from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

from ..utils.dataset_facts import read_classes


class WrappedDataset(Dataset):
    """A data set around another one, with its classes and meta information.

    Args:
        dataset (dict | Dataset): what it is around, or its config.
    """

    def __init__(self, dataset: dict | Dataset):
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self._classes = read_classes(self.dataset)

    @property
    def metainfo(self) -> dict:
        """Meta information of the wrapped data set."""
        known = dict(getattr(self.dataset, 'metainfo', None) or {})
        return known if self._classes is None else dict(known, classes=self._classes)

    @property
    def CLASSES(self):
        """Names of the C classes."""
        return self._classes

    def full_init(self):
        """Load the annotations of the wrapped data set."""
        if hasattr(self.dataset, 'full_init'):
            self.dataset.full_init()
