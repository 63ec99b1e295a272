from .class_split_accuracy import ClassSplitAccuracy
from .prediction_csv import PredictionCSV, Predictions, load_predictions, read_predictions
from .sentence_retrieval import SentenceRetrieval

__all__ = [
    'ClassSplitAccuracy',
    'PredictionCSV',
    'Predictions',
    'SentenceRetrieval',
    'load_predictions',
    'read_predictions',
]
