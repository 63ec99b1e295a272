"""The labels of any data set, without loading an image."""

import numpy as np
from torch.utils.data import ConcatDataset


def read_gt_labels(dataset) -> np.ndarray:
    """Return the labels of a data set or of a wrapper of data sets.

    Args:
        dataset (Dataset): with ``get_gt_labels`` (MMPretrain's data sets), a
            concatenation, or with ``get_data_info`` (MMEngine's wrappers).

    Returns:
        np.ndarray: (N,) int64.

    Raises:
        TypeError: if the data set gives no labels in any of these ways.
        ValueError: if a sample has not exactly one label.
    """
    if hasattr(dataset, 'get_gt_labels'):
        labels = dataset.get_gt_labels()
    elif isinstance(dataset, ConcatDataset):
        labels = np.concatenate([read_gt_labels(part) for part in dataset.datasets])
    elif hasattr(dataset, 'get_data_info'):
        labels = [dataset.get_data_info(i)['gt_label'] for i in range(len(dataset))]
    else:
        raise TypeError(
            f'{type(dataset).__name__} has neither get_gt_labels '
            'nor get_data_info; give it one of them.'
        )
    labels = np.asarray(labels)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f'The labels of {type(dataset).__name__} have shape {labels.shape} and dtype '
            f'{labels.dtype}; one integer per sample is needed, multi-label data cannot be used.'
        )
    return labels.astype(np.int64)
