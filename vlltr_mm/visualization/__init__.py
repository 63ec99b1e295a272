from .comparison_plots import plot_accuracy_over_counts, plot_split_accuracy, plot_split_confusion
from .corpus_plots import plot_corpus
from .data_plots import plot_counts, plot_examples
from .tau_plot import plot_tau_sweep

__all__ = [
    'plot_accuracy_over_counts',
    'plot_corpus',
    'plot_counts',
    'plot_examples',
    'plot_split_accuracy',
    'plot_split_confusion',
    'plot_tau_sweep',
]
