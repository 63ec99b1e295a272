from .anchor_set import AnchorSet, write_readable
from .branch_logits import BranchLogits
from .class_record import ClassRecord
from .feature_bank import FeatureBank
from .text_prior import TextPrior

__all__ = ['AnchorSet', 'BranchLogits', 'ClassRecord', 'FeatureBank', 'TextPrior', 'write_readable']
