from .anchor_set import AnchorSet, write_readable
from .feature_bank import FeatureBank

__all__ = ['AnchorSet', 'FeatureBank', 'write_readable']
