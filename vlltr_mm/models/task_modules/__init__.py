from .anchor_selectors import AnchorSelector, AnSS, CutOffSelector, RandomSelector

__all__ = ['AnSS', 'AnchorSelector', 'CutOffSelector', 'RandomSelector']
