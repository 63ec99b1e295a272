from .anchor_set import AnchorSet, write_readable
from .class_record import ClassRecord
from .feature_bank import FeatureBank

__all__ = ['AnchorSet', 'ClassRecord', 'FeatureBank', 'write_readable']
