from .attract_repel_loss import AttractRepelLoss
from .class_balanced_ce_loss import ClassBalancedCELoss
from .class_balanced_focal_loss import ClassBalancedFocalLoss
from .class_masked_contrastive_loss import ClassMaskedContrastiveLoss
from .classwise_contrastive_loss import ClassWiseContrastiveLoss, contrastive_distill_loss
from .count_based_loss import CountBasedLoss
from .diverse_expert_loss import DiverseExpertLoss
from .ldam_loss import LDAMLoss
from .logit_adjusted_loss import LogitAdjustedLoss
from .logit_distill_loss import logit_distill_loss
from .multi_expert_loss import MultiExpertLoss
from .paco_loss import PaCoLoss
from .reslt_loss import ResLTLoss
from .ride_loss import RIDELoss

__all__ = [
    'AttractRepelLoss',
    'ClassBalancedCELoss',
    'ClassBalancedFocalLoss',
    'ClassMaskedContrastiveLoss',
    'ClassWiseContrastiveLoss',
    'CountBasedLoss',
    'DiverseExpertLoss',
    'LDAMLoss',
    'LogitAdjustedLoss',
    'MultiExpertLoss',
    'PaCoLoss',
    'RIDELoss',
    'ResLTLoss',
    'contrastive_distill_loss',
    'logit_distill_loss',
]
