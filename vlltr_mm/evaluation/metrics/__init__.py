from .class_split_accuracy import ClassSplitAccuracy
from .prediction_csv import PredictionCSV, read_predictions
from .sentence_retrieval import SentenceRetrieval

__all__ = ['ClassSplitAccuracy', 'PredictionCSV', 'SentenceRetrieval', 'read_predictions']
