from .mlp_neck import MLPNeck
from .oltr_neck import OLTRNeck
from .reslt_neck import ResLTNeck

__all__ = ['MLPNeck', 'OLTRNeck', 'ResLTNeck']
