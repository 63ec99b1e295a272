from .anchor_selectors import AnSS, CutOffSelector, RandomSelector

__all__ = ['AnSS', 'CutOffSelector', 'RandomSelector']
