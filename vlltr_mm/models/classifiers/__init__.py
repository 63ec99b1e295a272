from .bbn_classifier import BBNClassifier, DualSampleDataPreprocessor
from .contrastive_classifier import ContrastiveClassifier
from .distilled_classifier import DistilledClassifier
from .feature_cached_classifier import FeatureCachedClassifier, FeatureDataPreprocessor
from .frozen_trunk_classifier import FrozenTrunkClassifier
from .labelled_queue import LabelledQueue
from .multi_view_data_preprocessor import MultiViewDataPreprocessor
from .paco_classifier import PaCoClassifier
from .routed_classifier import RoutedClassifier
from .self_supervised_guided_classifier import SelfSupervisedGuidedClassifier

__all__ = [
    'BBNClassifier',
    'ContrastiveClassifier',
    'DistilledClassifier',
    'DualSampleDataPreprocessor',
    'FeatureCachedClassifier',
    'FeatureDataPreprocessor',
    'FrozenTrunkClassifier',
    'LabelledQueue',
    'MultiViewDataPreprocessor',
    'PaCoClassifier',
    'RoutedClassifier',
    'SelfSupervisedGuidedClassifier',
]
