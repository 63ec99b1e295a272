from .class_balanced_ce_loss import ClassBalancedCELoss
from .class_balanced_focal_loss import ClassBalancedFocalLoss
from .classwise_contrastive_loss import ClassWiseContrastiveLoss, contrastive_distill_loss
from .count_based_loss import CountBasedLoss
from .ldam_loss import LDAMLoss
from .logit_adjusted_loss import LogitAdjustedLoss

__all__ = [
    'ClassBalancedCELoss',
    'ClassBalancedFocalLoss',
    'ClassWiseContrastiveLoss',
    'CountBasedLoss',
    'LDAMLoss',
    'LogitAdjustedLoss',
    'contrastive_distill_loss',
]
