"""From text on disk to the tokens of every class."""

from .sources import JsonDescriptions, PromptTemplates, WikiTexts
from .text_corpus import TextCorpus

__all__ = ['JsonDescriptions', 'PromptTemplates', 'TextCorpus', 'WikiTexts']
