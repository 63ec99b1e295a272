from .backbones import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .classifiers import FeatureCachedClassifier, FeatureDataPreprocessor
from .heads import (
    AnchorHead,
    CosineLinearClsHead,
    KNNClsHead,
    LGRHead,
    LWSClsHead,
    PrototypeClsHead,
    TauNormClsHead,
    TrainingFreeClsHead,
)
from .losses import (
    ClassBalancedCELoss,
    ClassBalancedFocalLoss,
    ClassWiseContrastiveLoss,
    CountBasedLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    contrastive_distill_loss,
)
from .multimodal import CVLP
from .task_modules import AnchorSelector, AnSS, CutOffSelector, RandomSelector

__all__ = [
    'AnSS',
    'AnchorHead',
    'AnchorSelector',
    'CVLP',
    'ClassBalancedCELoss',
    'ClassBalancedFocalLoss',
    'ClassWiseContrastiveLoss',
    'CosineLinearClsHead',
    'CountBasedLoss',
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
    'TrainingFreeClsHead',
    'contrastive_distill_loss',
]
