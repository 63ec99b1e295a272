from .bbn_classifier import BBNClassifier, DualSampleDataPreprocessor
from .distilled_classifier import DistilledClassifier
from .feature_cached_classifier import FeatureCachedClassifier, FeatureDataPreprocessor
from .frozen_trunk_classifier import FrozenTrunkClassifier
from .routed_classifier import RoutedClassifier

__all__ = [
    'BBNClassifier',
    'DistilledClassifier',
    'DualSampleDataPreprocessor',
    'FeatureCachedClassifier',
    'FeatureDataPreprocessor',
    'FrozenTrunkClassifier',
    'RoutedClassifier',
]
