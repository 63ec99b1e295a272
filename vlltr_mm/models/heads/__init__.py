from .lgr_head import LGRHead

__all__ = ['LGRHead']
