"""Class corpora, long-tailed image lists, and how both are sampled."""
from .corpus_sources import JsonDescriptions, PromptTemplates, WikiTexts
from .dataset_wrappers import TextCorpusDataset
from .feature_dataset import FeatureDataset
from .long_tailed import ImageNetLT, INaturalist2018, PlacesLT
from .samplers import (BatchBalancedSampler, ClassBalancedSampler,
                       ProgressivelyBalancedSampler)
from .text_corpus import TextCorpus

__all__ = [
    'BatchBalancedSampler', 'ClassBalancedSampler', 'FeatureDataset',
    'ImageNetLT', 'INaturalist2018', 'JsonDescriptions', 'PlacesLT',
    'ProgressivelyBalancedSampler', 'PromptTemplates', 'TextCorpus',
    'TextCorpusDataset', 'WikiTexts'
]
