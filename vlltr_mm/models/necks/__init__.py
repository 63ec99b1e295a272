from .oltr_neck import OLTRNeck
from .reslt_neck import ResLTNeck

__all__ = ['OLTRNeck', 'ResLTNeck']
