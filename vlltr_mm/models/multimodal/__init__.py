from .cvlp import CVLP

__all__ = ['CVLP']
