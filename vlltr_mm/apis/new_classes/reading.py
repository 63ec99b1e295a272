"""The names and sentences of new classes, from a file or from a person."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from ...datasets import PromptTemplates
from ...datasets.corpus.class_names import check_class_names, comparable_name
from ...datasets.corpus.clip_tokens import is_blank
from ...datasets.corpus.name_cleaning import clean_class_names
from ...utils.files import read_json
from ...utils.validation import check_list, check_text, shown

_FORM = (
    'an object of class name → list of sentences, or null for the prompt templates; or a list of '
    'names, which get the templates'
)


def read_new_classes(
    path: str, known: Sequence[str], blank: Callable[[str], bool] = is_blank
) -> dict[str, list[str]]:
    """Read new classes from a JSON file.

    Args:
        path (str): of class name → sentences or null, or of a list of names.
        known (Sequence[str]): the C classes that are there already.
        blank (Callable): whether the tokenizer finds nothing in a text.
            Defaults to that of CLIP's.

    Returns:
        dict[str, list[str]]: see ``check_new_classes``.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not of that form; see also ``check_new_classes``.
    """
    given = read_json(path, _FORM)
    if isinstance(given, list):
        given = [(name, None) for name in given]
    return check_new_classes(given, known, path, blank)


def check_new_classes(
    given: Mapping[str, Sequence[str] | None] | Iterable[tuple[str, Sequence[str] | None]],
    known: Sequence[str],
    where: str,
    blank: Callable[[str], bool] = is_blank,
) -> dict[str, list[str]]:
    """Check new classes, and fill the prompt templates where no sentences are given.

    Args:
        given (Mapping | Iterable): K names with their sentences, or None for
            CLIP's prompt templates.
        known (Sequence[str]): the C classes that are there already.
        where (str): where they are from, for the messages.
        blank (Callable): whether the tokenizer finds nothing in a text.
            Defaults to that of CLIP's.

    Returns:
        dict[str, list[str]]: the different sentences of each class, without
        outer white space, in the order given; the names are those that
        ``clean_class_names`` returns.

    Raises:
        ValueError: if there is no class, a name is none, is there already or
            twice (compared as the names of a corpus are, and without case),
            a class has no sentence or one of them is blank.
    """
    pairs = list(given.items() if isinstance(given, Mapping) else given)
    if not pairs:
        raise ValueError(f'{where} names no class; give {_FORM}.')
    taken = {_form(name): f"class {i} '{name}' of the model" for i, name in enumerate(known)}
    for name, _ in pairs:
        check_text(name, f'{where}, a class name')
        try:
            check_class_names([name], blank)
        except ValueError as error:
            raise ValueError(f'{where}: {error}') from error
        if _form(name) in taken:
            raise ValueError(
                f"{where}: '{name}' has the name of {taken[_form(name)]}; each class needs a name "
                'of its own.'
            )
        taken[_form(name)] = f"the new class '{name}'"
    names = _clean_names([name for name, _ in pairs], set(map(_form, known)), where)
    return {
        name: _check_sentences(name, sentences, where, blank)
        for name, (_, sentences) in zip(names, pairs)
    }


def _clean_names(listed: Sequence[str], known: Set[str], where: str) -> list[str]:
    """Return the names as they are read, which may have had ids."""
    try:
        names = clean_class_names(listed)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from error
    for old, name in zip(listed, names):
        if old != name and _form(name) in known:
            raise ValueError(
                f"{where}: '{old}' is read as '{name}', which is a class of the model; each class "
                'needs a name of its own.'
            )
    return names


def _form(name: str) -> str:
    return comparable_name(name).casefold()


def _check_sentences(
    name: str, sentences: Sequence[str] | None, where: str, blank: Callable[[str], bool]
) -> list[str]:
    """Return the different sentences of a class, or filled templates."""
    if sentences is None:
        return PromptTemplates().read([name]).sentences[0]
    sentences = check_list(sentences, f"{where}, '{name}'")
    if not sentences:
        raise ValueError(
            f"{where}: '{name}' has no sentence; give some, or null for the prompt templates."
        )
    for number, sentence in enumerate(sentences):
        check_text(sentence, f"{where}, sentence {number} of '{name}'")
        if blank(sentence):
            raise ValueError(
                f"{where}, sentence {number} of '{name}' is {shown(sentence)}, in which the "
                'tokenizer finds nothing; correct it.'
            )
    return list(dict.fromkeys(sentence.strip() for sentence in sentences))
