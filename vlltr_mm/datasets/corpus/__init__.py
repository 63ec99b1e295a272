"""From text on disk to the tokens of every class."""

from .base import CorpusSource, SourceText
from .json_descriptions import JsonDescriptions
from .sources import PromptTemplates, WikiTexts
from .text_corpus import TextCorpus

__all__ = [
    'CorpusSource',
    'JsonDescriptions',
    'PromptTemplates',
    'SourceText',
    'TextCorpus',
    'WikiTexts',
]
