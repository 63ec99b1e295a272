"""What language models are asked about a class."""

import os.path as osp
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ...utils.annotation_list import read_lines
from ...utils.validation import shown

_LIST = re.compile(r'list:\s*', re.IGNORECASE)
_ARTICLE = re.compile(r'\b([Aa])n?(?:\(n\))? (?=\{\})')
# Letters of a vowel that are spoken as a consonant: a unicorn, a European, a one-way street.
_CONSONANT = re.compile(r'(?:uni(?!n)|us[aei]|ut[ei]|eu|ew|one|once|u-)', re.IGNORECASE)


@dataclass(frozen=True)
class Prompt:
    """A question, '{}' standing for the class.

    text: the question; an article before '{}' is fitted to the name.
    lists: whether it asks for a list of features, whose entries become
    sentences of the class, rather than for sentences.
    """

    text: str
    lists: bool = False


def _sentences(*texts: str) -> tuple[Prompt, ...]:
    return tuple(map(Prompt, texts))


# Own words, in the kinds of three ways to ask: whole descriptions (CuPL: Pratt et al.,
# ICCV 2023), features that tell a class apart (DCLIP: Menon and Vondrick, ICLR 2023), and
# single attributes.
PROMPT_SETS = {
    'descriptions': _sentences(
        'Describe what a {} looks like, in two or three sentences.',
        'How would you recognise a {} in a picture? Answer in two or three sentences.',
        'Write a caption of one sentence for a photograph of a {}.',
        'What does an image of a {} from the web usually show? Answer in two sentences.',
        'What does a {} look like from close by? Answer in two sentences.',
    ),
    'features': (
        Prompt(
            'Which visible features help to tell a {} from similar things in a photo? '
            'List five to eight, each as a short noun phrase on a line of its own.',
            lists=True,
        ),
        Prompt(
            'List the parts of a {} that can be seen in a photo and what each looks like, '
            'as short noun phrases, one a line.',
            lists=True,
        ),
    ),
    'attributes': _sentences(
        'What colours does a {} have, and where? Answer in one sentence.',
        'What shape and size does a {} have? Answer in one sentence.',
        'What texture or pattern does the surface of a {} have? Answer in one sentence.',
        'Which parts does a {} have that can be seen? Answer in one sentence.',
        'In what surroundings is a {} usually seen? Answer in one sentence.',
    ),
}


def choose_prompts(given: Sequence[str]) -> tuple[Prompt, ...]:
    """Return the prompts of sets and files.

    Args:
        given (Sequence[str]): names of ``PROMPT_SETS``, and of files, see
            ``read_prompts``.

    Returns:
        tuple[Prompt, ...]: in the order given, each once.

    Raises:
        ValueError: if one is neither a set nor a file, or see
            ``read_prompts``.
    """
    chosen = {}
    for name in given:
        if name not in PROMPT_SETS and not osp.isfile(name):
            raise ValueError(
                f'The prompts {shown(name)} are no file and none of the sets '
                f'{", ".join(PROMPT_SETS)}; correct it.'
            )
        own = PROMPT_SETS[name] if name in PROMPT_SETS else read_prompts(name)
        chosen.update(dict.fromkeys(own))
    if not chosen:
        raise ValueError(f'There is no prompt; name sets of {", ".join(PROMPT_SETS)}, or a file.')
    return tuple(chosen)


def read_prompts(path: str) -> tuple[Prompt, ...]:
    """Read prompts, one a line, '{}' standing for the class.

    Args:
        path (str): the file, UTF-8; blank lines are skipped. A line that
            begins with 'list:' asks for a list of features.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a line has no '{}', repeats another, or there is none.
    """
    prompts = {}
    for number, line in enumerate(read_lines(path, "prompts with '{}', one a line"), 1):
        line = unicodedata.normalize('NFC', line.strip())
        if not line:
            continue
        start = _LIST.match(line)
        prompt = Prompt(line[start.end() :] if start else line, bool(start))
        where = f'{path}, line {number}'
        if '{}' not in prompt.text or len(prompt.text.splitlines()) != 1:
            raise ValueError(
                f"{where}: {shown(line, 120)} has no '{{}}' for the class, or is more than a line; "
                "write such as 'Describe what a {} looks like.'"
            )
        if prompt in prompts:
            raise ValueError(f'{where} repeats line {prompts[prompt]}; remove one of them.')
        prompts[prompt] = number
    if not prompts:
        raise ValueError(
            f"{path} has no prompt; write one a line, such as 'Describe what a {{}} looks like.'"
        )
    return tuple(prompts)


def spoken_name(name: str) -> str:
    """Return a class name as it is said in a sentence.

    Args:
        name (str): as in ``labels.txt``.

    Returns:
        str: without underscores, in Unicode's normal form C.

    Examples:
        >>> spoken_name('dotted_yellow_star')
        'dotted yellow star'
    """
    return ' '.join(unicodedata.normalize('NFC', name).replace('_', ' ').split())


def with_article(name: str) -> str:
    """Put the article that fits before a name.

    Examples:
        >>> with_article('owl'), with_article('unicorn'), with_article('crane')
        ('an owl', 'a unicorn', 'a crane')
    """
    return fill('a {}', name)


def fill(template: str, name: str, kind: str | None = None) -> str:
    """Fill a template with a name.

    Args:
        template (str): '{}' stands for the name; 'a {}' and 'an {}' become
            the article that fits.
        name (str): see ``spoken_name``.
        kind (str, optional): what the class is a type of, which is said after
            the name. Defaults to None.

    Examples:
        >>> fill('Describe a {}.', 'egret', 'bird')
        'Describe an egret, a type of bird.'
    """
    vowel = name[:1].casefold() in 'aeiou' and not _CONSONANT.match(name)
    text = _ARTICLE.sub(lambda found: f'{found[1]}{"n" * vowel} ', template)
    text = text.replace('{}', f'{name}, a type of {kind},' if kind else name)
    # The comma that ends the insertion gives way to another mark.
    return re.sub(r',(?=[,.;:?!]|$)', '', text) if kind else text
