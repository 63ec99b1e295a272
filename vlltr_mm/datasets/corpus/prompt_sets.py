"""Prompt templates by the name of a set, from a file, or one's own."""

import os
from collections.abc import Sequence
from functools import lru_cache

from ...utils.annotation_list import read_lines
from ...utils.validation import is_unicode, shown
from .base import file_path
from .clip_tokens import best_imagenet_templates, imagenet_templates

PROMPT_SETS = ('imagenet', 'imagenet_best', 'photo', 'satellite', 'fine_grained')
_EXAMPLE = "['a photo of a {}.']"
_KIND = '{kind}'


@lru_cache(maxsize=None)
def prompt_set(name: str) -> tuple[str, ...]:
    """Return the templates of a set, '{}' standing for the class name.

    'imagenet' are CLIP's 80 and 'imagenet_best' the 7 of them that CLIP's
    notebook "Prompt Engineering for ImageNet" ends with, both as open_clip has
    them; 'satellite' those of CLIP's ``data/prompts.md`` for RESISC45 and
    EuroSAT; 'photo' and 'fine_grained' the one that CLIP's paper (Radford et
    al., ICML 2021, section 3.1.4) uses by default and for pets, with '{kind}'
    for what the classes are.

    Args:
        name (str): one of ``PROMPT_SETS``.
    """
    if name == 'imagenet':
        return imagenet_templates()
    if name == 'imagenet_best':
        return best_imagenet_templates()
    if name == 'photo':
        return ('a photo of a {}.',)
    if name == 'fine_grained':
        return ('a photo of a {}, a type of {kind}.',)
    articles = ('', 'a ', 'the ')
    seen = [
        f'{where} {what}'
        for what in ('imagery', 'photo', 'view')
        for where in ('satellite', 'aerial')
    ]
    return (
        *(f'{image} of {article}{{}}.' for article in articles for image in seen),
        *(f'a centered satellite photo of {article}{{}}.' for article in articles),
    )


def template_file(templates) -> str | None:
    """Return the path that ``templates`` is, or None.

    A text is a path if it ends in '.txt' or has a separator of folders, and no
    '{}'; else it is the name of a set.
    """
    if not isinstance(templates, (str, os.PathLike)):
        return None
    path = file_path(templates, 'templates')
    named = path.endswith('.txt') or any(sep in path for sep in {os.sep, os.altsep or os.sep})
    is_path = isinstance(templates, os.PathLike) or (named and '{}' not in path)
    return path if is_path else None


def read_template_file(path: str, kind: str | None = None) -> tuple[str, ...]:
    """Read templates, one a line; blank lines are skipped.

    Args:
        path (str): the UTF-8 text file.
        kind (str, optional): see ``fill_kind``. Defaults to None.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no UTF-8 text, a line has no '{}', or there is
            none.
    """
    lines = read_lines(path, "prompt templates, one a line with '{}' for the class name")
    for number, line in enumerate(lines, 1):
        if line.strip() and not _is_template(line):
            raise ValueError(
                f"{path}, line {number}: {shown(line.strip(), 120)} has no '{{}}' for the class "
                'name; correct it, such as "a photo of a {}."'
            )
    templates = tuple(line.strip() for line in lines if line.strip())
    if not templates:
        raise ValueError(f'{path} has no template; write one a line, such as "a photo of a {{}}."')
    return fill_kind(templates, kind, path)


def read_templates(
    templates: str | Sequence[str] | None, kind: str | None = None
) -> tuple[str, ...]:
    """Return the templates of a set, or one's own.

    Args:
        templates (str | Sequence[str], optional): the name of a set, or texts
            with '{}'. Defaults to None, 'imagenet'.
        kind (str, optional): see ``fill_kind``. Defaults to None.

    Raises:
        ValueError: if there is no such set, no template, or one has no '{}'.
    """
    if templates is None:
        return fill_kind(prompt_set('imagenet'), kind, "templates='imagenet'")
    if isinstance(templates, str) and templates in PROMPT_SETS:
        return fill_kind(prompt_set(templates), kind, f"templates='{templates}'")
    if not isinstance(templates, (list, tuple)):
        raise ValueError(
            f'templates is {shown(templates)}; give one of {", ".join(map(repr, PROMPT_SETS))}, a '
            f'text file (….txt) of one template a line, or a list, such as {_EXAMPLE}.'
        )
    bad = [t for t in templates if not _is_template(t)]
    if bad or not templates:
        raise ValueError(
            f'templates has {shown(bad[0]) if bad else "no entry"}; give texts with '
            f"'{{}}' for the class name, such as {_EXAMPLE}."
        )
    return fill_kind(tuple(templates), kind, 'templates')


def fill_kind(templates: tuple[str, ...], kind: str | None, where: str) -> tuple[str, ...]:
    """Put what the classes are, such as 'bird', in the place of '{kind}'.

    Args:
        templates (tuple[str, ...]): with or without '{kind}'.
        kind (str, optional): a word or several. None where no template has
            '{kind}'.
        where (str): what the templates are of, for the message.

    Raises:
        ValueError: if kind is missing, is not asked for, or is no text.
    """
    asked = any(_KIND in template for template in templates)
    if kind is None and asked:
        raise ValueError(
            f"{where} says what the classes are; give kind, such as kind='bird' for "
            "'a photo of a {}, a type of bird.'"
        )
    if kind is not None and not asked:
        raise ValueError(
            f"kind is {shown(kind)}, but no template of {where} has '{_KIND}'; leave kind out, or "
            "give templates='fine_grained'."
        )
    if kind is None:
        return templates
    if not isinstance(kind, str) or not kind.strip() or '{' in kind or not _is_text(kind):
        raise ValueError(f"kind is {shown(kind)}; give what the classes are, such as 'bird'.")
    return tuple(template.replace(_KIND, kind.strip()) for template in templates)


def describe_templates(templates: tuple[str, ...]) -> str:
    """Return the name of a set, or the first template and the number of others."""
    for name in PROMPT_SETS:
        if templates == prompt_set(name):
            return name
    first, *rest = templates
    return f"'{first}'" + (f' and {len(rest)} more' if rest else '')


def prompt_source(given: Sequence[str], kind: str | None = None) -> dict:
    """Return the config of ``PromptTemplates`` of what a command line gives.

    Args:
        given (Sequence[str]): nothing, for CLIP's 80; the name of a set or a
            file; or templates with '{}'.
        kind (str, optional): see ``PromptTemplates``. Defaults to None.

    Raises:
        FileNotFoundError: if the file of the templates is missing.
        ValueError: see ``read_templates`` and ``read_template_file``.
    """
    templates = list(given) or None
    if len(given) == 1 and '{}' not in given[0]:
        templates = given[0]
    path = template_file(templates)
    read_template_file(path, kind) if path else read_templates(templates, kind)
    said = dict(templates=templates, kind=kind)
    return dict(
        type='PromptTemplates', **{key: value for key, value in said.items() if value is not None}
    )


def _is_template(text) -> bool:
    return isinstance(text, str) and '{}' in text and _is_text(text)


def _is_text(text: str) -> bool:
    return '\0' not in text and is_unicode(text)
