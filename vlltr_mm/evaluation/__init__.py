from .functional.class_splits import ClassSplits
from .functional.split_analysis import (
    class_accuracy,
    mean_and_deviation,
    smooth_over_counts,
    split_confusion,
)
from .metrics import ClassSplitAccuracy, PredictionCSV, SentenceRetrieval, read_predictions

__all__ = [
    'ClassSplitAccuracy',
    'ClassSplits',
    'PredictionCSV',
    'SentenceRetrieval',
    'class_accuracy',
    'mean_and_deviation',
    'read_predictions',
    'smooth_over_counts',
    'split_confusion',
]
