from .distilled_classifier import DistilledClassifier
from .bbn_classifier import BBNClassifier, DualSampleDataPreprocessor
from .feature_cached_classifier import FeatureCachedClassifier, FeatureDataPreprocessor
from .routed_classifier import RoutedClassifier

__all__ = [
    'DistilledClassifier',
    'FeatureCachedClassifier',
    'FeatureDataPreprocessor',
    'RoutedClassifier',
    'BBNClassifier',
    'DualSampleDataPreprocessor',
    'FeatureCachedClassifier',
    'FeatureDataPreprocessor',
]
