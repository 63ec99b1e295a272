from .cosine_head import CosineLinearClsHead
from .lgr_head import LGRHead

__all__ = ['CosineLinearClsHead', 'LGRHead']
