"""From the answers of a language model to sentences about a class; pure functions."""

import re
from dataclasses import dataclass, field

from ...datasets.corpus.class_names import comparable_name
from ...datasets.corpus.sentence_splitting import split_sentences
from .answer_lines import Unit, split_answer
from .prompts import spoken_name, with_article

NAME_RULES = ('keep', 'require', 'add')
_QUOTES = '"\'“”„«»‘’`'
_I = r"(?:i|we)(?: am|'m|’m| are|'re|’re)?"
_APOSTROPHES = "'’"
# A model that speaks of itself describes nothing.
_REFUSAL = re.compile(
    rf"(?:(?:i'm|i am|i’m|we are|we're)\s+(?:very |so |really )?(?:sorry|afraid|unable|not able)"
    rf'|(?:my )?apologies\b|i apologi[sz]e'
    rf"|{_I}\s+(?:can't|cannot|can’t|can not|won't|won’t|could not|couldn't|must decline|"
    rf"do not have|don't have|don’t have|don't know|do not know|was unable|was not able)\b"
    rf'|(?:as|being) an? (?:ai|artificial|large language|language|text-based|virtual)\b'
    rf'|unfortunately,? (?:i|we)\b|sorry,? (?:but|i)\b)',
    re.IGNORECASE,
)
_SELF = re.compile(
    r'\b(?:as an ai|language model|my training data|i (?:cannot|can\'t|don\'t have))\b',
    re.IGNORECASE,
)
_OPENING = re.compile(
    r'(?:sure(?: thing)?|certainly|of course|absolutely|great(?: question)?|okay|ok|gladly|'
    r'no problem|alright|happy to help)(?:\s*[!.,:;]+\s*|\s+[–—-]\s+|$)',
    re.IGNORECASE,
)
_HERE = re.compile(
    r"(?:here(?: it| you)?(?: is|'s|’s| are| go)|below (?:is|are)|the following(?: is| are)?|"
    r'(?:this is|these are) (?:a|the|some))\b'
    r'(?:[^:.]{0,200}:\s*|[^:.]{0,200}\b(?:description|list|caption|sentence|feature|phrase|detail)'
    r's?\b[^:.]{0,200}[.:]?$)',
    re.IGNORECASE,
)
_LABEL = re.compile(r'(?:answer|caption|description|sentence|output|response)\s*\d*\s*:\s*', re.I)
_CLOSING = re.compile(
    r'(?:let me know|i hope|hope (?:this|that)|feel free|please (?:let|note|feel|provide|tell)|'
    r'if you (?:have|need|want|would|\'d)|would you like|do you (?:want|need)|note that|note:|'
    r'is there anything|remember that|keep in mind|in (?:summary|conclusion)\s*[:.]?$)',
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r'(?:\b(?:approx|ca|cf|dr|e\.g|etc|i\.e|incl|mr|mrs|ms|mt|no|sp|spp|ssp|st|subsp|var|vs)\.)$',
    re.IGNORECASE,
)
_EXCLAMATION = re.compile(r'(?<=!)\s+(?=[A-Z])')
_END = re.compile(r'[.!?…][)\]"\'”’»]*$')
_IS = (
    *(
        'is',
        'are',
        'has',
        'have',
        'was',
        'can',
        'may',
        'often',
        'usually',
        'typically',
        'sometimes',
    ),
    *('generally', 'looks', 'appears', 'comes', 'grows', 'lives', 'stands', 'tends', 'lacks'),
)
_PARTICIPLES = ('made', 'used', 'found', 'covered', 'shaped', 'seen', 'known', 'built', 'mounted')
_LETTER = re.compile(r'[^\W\d_]')


@dataclass
class Cleaned:
    """Sentences of an answer, and how many pieces were dropped, by reason."""

    sentences: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, reason: str, number: int = 1):
        """Count what is dropped."""
        if number:
            self.dropped[reason] = self.dropped.get(reason, 0) + number


def clean_answer(
    text: str, finish_reason: str | None, name: str, lists: bool = False, rule: str = 'keep'
) -> Cleaned:
    """Return the sentences of an answer.

    Args:
        text (str): as the model gave it.
        finish_reason (str, optional): why it ended: 'length' if it was cut
            off, 'stop' if the model ended it.
        name (str): the class.
        lists (bool): whether a list of features was asked for; each becomes
            'a NAME which has …'. Defaults to False.
        rule (str): about sentences without the name: 'keep' leaves them,
            'require' drops them, 'add' puts it before. Defaults to 'keep'.

    Returns:
        Cleaned: sentences in the order of the answer.

    Examples:
        >>> clean_answer('Sure! Here it is: A heron is tall. It ea', 'length', 'heron').sentences
        ['A heron is tall.']
        >>> clean_answer('- long legs', 'stop', 'heron', lists=True).sentences
        ['a heron which has long legs.']
    """
    if rule not in NAME_RULES:
        raise ValueError(f"rule is '{rule}'; allowed are {', '.join(NAME_RULES)}.")
    cleaned = Cleaned()
    units, headings = split_answer(text, lists)
    cleaned.drop('heading', headings)
    if not units:
        cleaned.drop('empty answer')
        return cleaned
    if _REFUSAL.match(_without_opening(_unquoted(units[0].text))):
        cleaned.drop('refusal')
        return cleaned
    pieces = [piece for unit in units for piece in _pieces(unit)]
    if _is_cut(pieces, finish_reason):
        pieces.pop()
        cleaned.drop('cut off')
    for piece in pieces:
        sentence = _without_opening(_unquoted(piece.text))
        reason = _fault(sentence)
        if not reason:
            short = lists and (piece.is_entry or not _END.search(sentence))
            sentence = _feature(sentence, name) if short else sentence
            sentence = _with_name(sentence, name, rule)
            reason = None if sentence else 'without the name'
        if reason:
            cleaned.drop(reason)
        else:
            cleaned.sentences.append(sentence)
    return cleaned


def _pieces(unit: Unit) -> list[Unit]:
    """Split a paragraph or entry into sentences."""
    pieces = []
    for sentence in split_sentences(unit.text):
        for part in _EXCLAMATION.split(sentence):
            if pieces and _ABBREVIATION.search(pieces[-1]):
                pieces[-1] += f' {part}'
            else:
                pieces.append(part)
    return [Unit(piece, unit.is_entry) for piece in pieces]


def _is_cut(pieces: list[Unit], finish_reason: str | None) -> bool:
    """Whether the last sentence is not whole.

    An entry of a list needs no end mark, nor does one sentence or phrase that
    the model ended itself.
    """
    if not pieces or _END.search(pieces[-1].text):
        return False
    if finish_reason == 'length' or not pieces[-1].is_entry:
        return finish_reason != 'stop' or len(pieces) > 1
    return False


def _unquoted(text: str) -> str:
    """Take off quotation marks around a text, not those within."""
    text = text.strip()
    while len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        if text[0] in text[1:-1] and text[0] not in _APOSTROPHES:
            break  # two quotations
        text = text[1:-1].strip()
    for mark in set(_QUOTES) - set(_APOSTROPHES):  # one whose partner was split off
        if text.count(mark) == 1 and (text[0] == mark or text[-1] == mark):
            text = text.strip(mark).strip()
    return text


def _without_opening(text: str) -> str:
    """Take off 'Sure! Here is a description:'."""
    for pattern in (_OPENING, _HERE, _LABEL):
        found = pattern.match(text)
        text = _unquoted(text[found.end() :]) if found else text
    return text


def _fault(sentence: str) -> str | None:
    """Say why a sentence describes nothing."""
    if not sentence:
        return 'opening or closing'
    if not _LETTER.search(sentence):
        return 'no letters'
    if _REFUSAL.match(sentence) or _SELF.search(sentence):
        return 'refusal'
    if _CLOSING.match(sentence):
        return 'opening or closing'
    return 'question' if sentence.endswith('?') else None


def _feature(phrase: str, name: str) -> str:
    """Make a sentence of a feature."""
    phrase = phrase.rstrip('.;,').strip()
    first = phrase.split()[0].casefold()
    if has_name(phrase, name) and len(phrase.split()) > 4:
        return f'{phrase}.'
    if not (len(first) > 1 and phrase.split()[0].isupper()):
        phrase = phrase[0].lower() + phrase[1:]
    # 'have' would be said of several.
    phrase = re.sub('^have(?= )', 'has', re.sub('^are(?= )', 'is', phrase))
    verb = '' if first in _IS else 'is ' if first in _PARTICIPLES else 'has '
    return f'{with_article(_called(name))} which {verb}{phrase}.'


def _called(name: str) -> str:
    """Return the first of the names of a class, 'tench' of 'tench, Tinca tinca'."""
    return spoken_name(name).partition(',')[0].strip() or spoken_name(name)


def has_name(sentence: str, name: str) -> bool:
    """Whether a sentence has one of the names of a class, also in the plural.

    Examples:
        >>> has_name('Two Red-foxes.', 'red_fox'), has_name('A foxglove.', 'fox')
        (True, False)
    """
    text = comparable_name(sentence).casefold()
    for part in spoken_name(name).split(','):
        word = comparable_name(part).casefold()
        stem = f'(?:{re.escape(word[:-1])}ies|{re.escape(word)})' if word[-1:] == 'y' else None
        if word and re.search(rf'(?<!\w){stem or re.escape(word)}(?:e?s)?(?!\w)', text):
            return True
    return False


def _with_name(sentence: str, name: str, rule: str) -> str | None:
    """Apply the rule about the name."""
    if rule == 'keep' or has_name(sentence, name):
        return sentence
    return f'A photo of {with_article(_called(name))}. {sentence}' if rule == 'add' else None
