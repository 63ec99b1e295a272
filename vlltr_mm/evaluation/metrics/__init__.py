from .class_split_accuracy import ClassSplitAccuracy
from .sentence_retrieval import SentenceRetrieval

__all__ = ['ClassSplitAccuracy', 'SentenceRetrieval']
