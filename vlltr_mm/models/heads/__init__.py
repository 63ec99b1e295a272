from .additive_lgr_head import AdditiveLGRHead
from .anchor_head import AnchorHead
from .cosine_head import CosineLinearClsHead
from .decoupling_heads import LWSClsHead, TauNormClsHead
from .dual_distill_head import DualDistillClsHead
from .expert_router_head import ExpertRouterHead
from .familiarity_head import FamiliarityClsHead
from .knn_head import KNNClsHead
from .lgr_head import LGRHead
from .meta_embedding_head import MetaEmbeddingClsHead
from .multi_expert_head import MultiExpertClsHead
from .prototype_head import PrototypeClsHead
from .reslt_head import ResLTClsHead
from .training_free_head import TrainingFreeClsHead

__all__ = [
    'AdditiveLGRHead',
    'AnchorHead',
    'CosineLinearClsHead',
    'DualDistillClsHead',
    'ExpertRouterHead',
    'FamiliarityClsHead',
    'KNNClsHead',
    'LGRHead',
    'LWSClsHead',
    'MetaEmbeddingClsHead',
    'MultiExpertClsHead',
    'PrototypeClsHead',
    'ResLTClsHead',
    'TauNormClsHead',
    'TrainingFreeClsHead',
]
