from .anchor_set import AnchorSet, write_readable
from .class_record import ClassRecord
from .feature_bank import FeatureBank
from .text_prior import TextPrior

__all__ = ['AnchorSet', 'ClassRecord', 'FeatureBank', 'TextPrior', 'write_readable']
