from .functional.aggregation import mean_and_deviation, smooth_over_counts
from .functional.class_splits import ClassSplits
from .functional.paired_tests import mcnemar_test, sign_flip_test
from .functional.reliability import expected_calibration_error
from .metrics import (
    ClassSplitAccuracy,
    OpenSetFMeasure,
    PredictionCSV,
    Predictions,
    SentenceRetrieval,
    load_predictions,
    read_predictions,
)

__all__ = [
    'ClassSplitAccuracy',
    'ClassSplits',
    'OpenSetFMeasure',
    'PredictionCSV',
    'Predictions',
    'SentenceRetrieval',
    'expected_calibration_error',
    'load_predictions',
    'mcnemar_test',
    'mean_and_deviation',
    'read_predictions',
    'sign_flip_test',
    'smooth_over_counts',
]
