from .feature_cached_classifier import FeatureCachedClassifier, FeatureDataPreprocessor

__all__ = ['FeatureCachedClassifier', 'FeatureDataPreprocessor']
