"""A corpus of three classes."""

from class_texts import write_wiki

from vlltr_mm.datasets import TextCorpus

CLASSES = ['red fox', 'crane', 'sea']
PROMPTS = dict(type='PromptTemplates', templates=['a {}.', 'the {}. It'])


def write_articles(folder):
    """Write an article of each class; return the folder of these."""
    texts = ('It is r\u00e9d. It is ' + 'long ' * 90, 'One. Two. Three.', 'Sea.')
    return write_wiki(folder / 'wiki', enumerate(texts))


def make_corpus(wiki, cache, classes=CLASSES, **kwargs):
    """Make the corpus of these articles and of prompts."""
    sources = [dict(type='WikiTexts', root=str(wiki)), PROMPTS]
    return TextCorpus(classes, sources, cache_dir=str(cache), **kwargs)
