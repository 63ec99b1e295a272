"""Text of classes, asked of a language model."""

from .asking import Price
from .cleaning import clean_answer
from .connection import EndpointError
from .corpus import Cleaning
from .endpoint import Endpoint
from .making import llm_to_corpus
from .plan import Plan, Sampling, choose_classes, read_classes
from .prompts import PROMPT_SETS, Prompt, choose_prompts, read_prompts

__all__ = [
    'PROMPT_SETS',
    'Cleaning',
    'Endpoint',
    'EndpointError',
    'Plan',
    'Price',
    'Prompt',
    'Sampling',
    'choose_classes',
    'choose_prompts',
    'clean_answer',
    'llm_to_corpus',
    'read_classes',
    'read_prompts',
]
