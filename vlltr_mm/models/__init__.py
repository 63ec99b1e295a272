from .backbones import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .classifiers import FeatureCachedClassifier, FeatureDataPreprocessor
from .heads import (
    CosineLinearClsHead,
    KNNClsHead,
    LGRHead,
    LWSClsHead,
    PrototypeClsHead,
    TauNormClsHead,
)
from .losses import (
    ClassBalancedCELoss,
    ClassBalancedFocalLoss,
    ClassWiseContrastiveLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    contrastive_distill_loss,
)
from .multimodal import CVLP
from .task_modules import AnSS, CutOffSelector, RandomSelector

__all__ = [
    'AnSS',
    'CVLP',
    'ClassBalancedCELoss',
    'ClassBalancedFocalLoss',
    'ClassWiseContrastiveLoss',
    'CosineLinearClsHead',
    'CutOffSelector',
    'FeatureCachedClassifier',
    'FeatureDataPreprocessor',
    'KNNClsHead',
    'LDAMLoss',
    'LGRHead',
    'LWSClsHead',
    'LogitAdjustedLoss',
    'OpenCLIPTextBackbone',
    'OpenCLIPVisionBackbone',
    'PrototypeClsHead',
    'RandomSelector',
    'TauNormClsHead',
    'contrastive_distill_loss',
]
