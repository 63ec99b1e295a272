from .corpus_plots import plot_corpus
from .tau_plot import plot_tau_sweep

__all__ = ['plot_corpus', 'plot_tau_sweep']
