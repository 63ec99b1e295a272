from .classwise_contrastive_loss import (ClassWiseContrastiveLoss,
                                         contrastive_distill_loss)

__all__ = ['ClassWiseContrastiveLoss', 'contrastive_distill_loss']
