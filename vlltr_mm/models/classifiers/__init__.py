from .distilled_classifier import DistilledClassifier
from .feature_cached_classifier import FeatureCachedClassifier, FeatureDataPreprocessor
from .routed_classifier import RoutedClassifier

__all__ = [
    'DistilledClassifier',
    'FeatureCachedClassifier',
    'FeatureDataPreprocessor',
    'RoutedClassifier',
]
