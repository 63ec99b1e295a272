from .backbones import OpenCLIPTextBackbone, OpenCLIPVisionBackbone
from .classifiers import FeatureCachedClassifier, FeatureDataPreprocessor
from .heads import LGRHead
from .losses import ClassWiseContrastiveLoss, contrastive_distill_loss
from .multimodal import CVLP
from .task_modules import AnSS, CutOffSelector, RandomSelector

__all__ = [
    'AnSS', 'CVLP', 'ClassWiseContrastiveLoss', 'CutOffSelector',
    'FeatureCachedClassifier', 'FeatureDataPreprocessor', 'LGRHead',
    'OpenCLIPTextBackbone', 'OpenCLIPVisionBackbone', 'RandomSelector',
    'contrastive_distill_loss'
]
