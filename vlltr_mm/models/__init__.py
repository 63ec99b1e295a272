from .backbones import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .classifiers import FeatureCachedClassifier, FeatureDataPreprocessor
from .heads import CosineLinearClsHead, LGRHead
from .losses import (ClassBalancedCELoss, ClassBalancedFocalLoss,
                     ClassWiseContrastiveLoss, LDAMLoss, LogitAdjustedLoss,
                     contrastive_distill_loss)
from .multimodal import CVLP
from .task_modules import AnSS, CutOffSelector, RandomSelector

__all__ = [
    'AnSS', 'CVLP', 'ClassBalancedCELoss', 'ClassBalancedFocalLoss',
    'ClassWiseContrastiveLoss', 'CosineLinearClsHead', 'CutOffSelector',
    'FeatureCachedClassifier', 'FeatureDataPreprocessor',
    'LDAMLoss', 'LGRHead', 'LogitAdjustedLoss',
    'OpenCLIPTextBackbone', 'OpenCLIPVisionBackbone',
    'RandomSelector', 'contrastive_distill_loss'
]
