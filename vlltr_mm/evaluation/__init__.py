from .functional.aggregation import mean_and_deviation, smooth_over_counts
from .functional.class_splits import ClassSplits
from .metrics import ClassSplitAccuracy, PredictionCSV, SentenceRetrieval, read_predictions

__all__ = [
    'ClassSplitAccuracy',
    'ClassSplits',
    'PredictionCSV',
    'SentenceRetrieval',
    'mean_and_deviation',
    'read_predictions',
    'smooth_over_counts',
]
