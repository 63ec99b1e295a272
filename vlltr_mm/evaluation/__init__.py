from .metrics import ClassSplitAccuracy, SentenceRetrieval

__all__ = ['ClassSplitAccuracy', 'SentenceRetrieval']
