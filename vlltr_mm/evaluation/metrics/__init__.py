from .class_split_accuracy import ClassSplitAccuracy
from .open_set_f_measure import OpenSetFMeasure
from .prediction_csv import PredictionCSV, Predictions, load_predictions, read_predictions
from .sentence_retrieval import SentenceRetrieval

__all__ = [
    'ClassSplitAccuracy',
    'OpenSetFMeasure',
    'PredictionCSV',
    'Predictions',
    'SentenceRetrieval',
    'load_predictions',
    'read_predictions',
]
