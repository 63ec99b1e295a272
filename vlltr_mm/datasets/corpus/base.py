"""What a source of sentences is, and what it returns."""

import os
import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...utils.validation import shown


@dataclass
class SourceText:
    """The text that a source has for C classes.

    Args:
        sentences (list[list[str]]): the sentences of each class, possibly
            none.
        missing (dict[int, str]): for each class without any, the reason,
            naming the file. Defaults to an empty dict.
        faults (list[str]): why the corpus cannot be used; each a clause that
            says what to do. Defaults to an empty list.
        notes (list[str]): what to warn of. Defaults to an empty list.
        origin (str, optional): file or folder, for messages. Defaults to
            None, the name of the source's class.
        numbered (bool): whether text goes by the index of its class, which
            alone does not tell that both belong together. Defaults to False.
        unknown (list[str]): entries of the source that no class has.
            Defaults to an empty list.
        origin_names (list[str]): where sentences come from, such as
            'WikiTexts: data/mine/wiki/desc_3.txt'. Defaults to an empty list.
        origins (list[list[int]], optional): of each sentence of each class
            its position in ``origin_names``. Defaults to None: all come from
            the one source, by the name of its class and ``origin``.
        num_dropped (int): repeated sentences that were left out. Defaults to
            0.
    """

    sentences: list[list[str]]
    missing: dict[int, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    origin: str | None = None
    numbered: bool = False
    unknown: list[str] = field(default_factory=list)
    origin_names: list[str] = field(default_factory=list)
    origins: list[list[int]] | None = None
    num_dropped: int = 0

    @property
    def warning(self) -> str | None:
        """What the user should be warned of."""
        return f'Text corpus: {". ".join(self.notes)}.' if self.notes else None

    def check(self):
        """Refuse text that cannot be used.

        Raises:
            ValueError: if there is a fault.
        """
        if self.faults:
            raise ValueError(' '.join(self.faults))


class CorpusSource:
    """Base of the sources of a ``TextCorpus``.

    A source is registered in MMPretrain's ``TASK_UTILS``. It opens its files
    in ``read`` only, so that a corpus in the cache is opened without them.

    Examples:
        >>> from mmpretrain.registry import TASK_UTILS
        >>> @TASK_UTILS.register_module(force=True)
        ... class Habitats(CorpusSource):
        ...     def __init__(self, places):
        ...         self.places = places
        ...
        ...     def identity(self, classes):
        ...         return dict(type='Habitats', places=self.places)
        ...
        ...     def read(self, classes):
        ...         return SourceText([[f'A {c} lives in {self.places[c]}.'] for c in classes])
        >>> source = TASK_UTILS.build(dict(type='Habitats', places=dict(fox='woods')))
        >>> source.read(['fox']).sentences
        [['A fox lives in woods.']]
    """

    # Whether the sentences are made of the class name alone: every class has
    # some, and they stand before all others.
    is_prompts = False

    def identity(self, classes: Sequence[str]) -> dict:
        """Return all that shapes the sentences, for the key of the cache.

        Args:
            classes (Sequence[str]): C class names.

        Returns:
            dict: JSON values; for files ``file_stamp`` of each, so that a
            changed file is read again.
        """
        raise NotImplementedError

    def read(self, classes: Sequence[str]) -> SourceText:
        """Read the sentences.

        Args:
            classes (Sequence[str]): C class names.

        Returns:
            SourceText: with C lists of sentences.
        """
        raise NotImplementedError


def file_path(path: str, argument: str) -> str:
    """Return the path of a file or folder, '~' being the home folder.

    Args:
        path (str): what a config gives.
        argument (str): its name, for the message.

    Raises:
        ValueError: if it is no path.
    """
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path) or '\0' in str(path):
        raise ValueError(f'{argument} is {shown(path)}; give the path of a file or folder.')
    return osp.expanduser(os.fspath(path))
