from .corpus_plots import plot_corpus

__all__ = ['plot_corpus']
