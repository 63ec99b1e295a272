"""Class corpora, long-tailed image lists, and how both are sampled."""

from .corpus import (
    CorpusSource,
    JsonDescriptions,
    PromptTemplates,
    SourceText,
    TextCorpus,
    WikiTexts,
)
from .dual_sample_dataset import DualSampleDataset
from .feature_dataset import FeatureDataset
from .hold_out_dataset import HoldOutDataset
from .long_tailed import ImageNetLT, INaturalist2018, PlacesLT
from .samplers import (
    BatchBalancedSampler,
    ClassBalancedSampler,
    ClassSampler,
    ProgressivelyBalancedSampler,
)
from .text_corpus_dataset import TextCorpusDataset
from .transforms import CropStack, LoadReadableImage, ShrinkingSquareCrop

__all__ = [
    'BatchBalancedSampler',
    'ClassBalancedSampler',
    'ClassSampler',
    'CorpusSource',
    'CropStack',
    'DualSampleDataset',
    'FeatureDataset',
    'HoldOutDataset',
    'ImageNetLT',
    'INaturalist2018',
    'JsonDescriptions',
    'LoadReadableImage',
    'PlacesLT',
    'ProgressivelyBalancedSampler',
    'PromptTemplates',
    'ShrinkingSquareCrop',
    'SourceText',
    'TextCorpus',
    'TextCorpusDataset',
    'WikiTexts',
]
