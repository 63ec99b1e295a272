from .reslt_neck import ResLTNeck

__all__ = ['ResLTNeck']
