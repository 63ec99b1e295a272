"""Stored features as data: import them, make them, draw from them, compare heads on them."""

from .choosing import choose_anchors, mean_anchors
from .comparing import compare_features
from .drawing import draw_tail, pool_profile
from .feature_set import FeatureSet
from .importing import FeatureNames, import_features

__all__ = [
    'FeatureNames',
    'FeatureSet',
    'choose_anchors',
    'compare_features',
    'draw_tail',
    'import_features',
    'mean_anchors',
    'pool_profile',
]
