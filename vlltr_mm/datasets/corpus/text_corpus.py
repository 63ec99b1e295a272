"""The sentences of every class and their tokens."""

import os.path as osp
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Union

import numpy as np
import torch
from mmpretrain.registry import TASK_UTILS
from torch import Tensor

from ...structures import ClassRecord
from ...utils.validation import shown
from ...utils.warn_once import warn_once
from .cache import cache_key, default_cache_dir, open_or_build
from .class_names import check_class_names
from .corpus_files import read_corpus, read_meta, write_corpus
from .gathering import build_sources, gather_text
from .tokenizer import build_tokenizer


@TASK_UTILS.register_module()
class TextCorpus:
    """The class corpus of VL-LTR (arXiv 2111.13579).

    S sentences of C classes, class after class, the prompts of a class before
    its other sentences. Sentences and tokens lie in memory-mapped files, in a
    cache folder whose name hashes everything that shapes them: a second start
    reads no text, processes share one copy, and a pickled corpus is only the
    path. The folder tells where each sentence comes from, too: ``origins``,
    (S,) positions in ``origin_names``, which are no part of ``fingerprint``.

    Args:
        classes (Sequence[str] | str): C class names in the order of their
            index; or 'imagenet', CLIP's own names of ImageNet's 1000 classes.
        sources (Sequence[dict | CorpusSource]): where the sentences come
            from: ``PromptTemplates``, ``WikiTexts``, ``JsonDescriptions`` or a
            ``CorpusSource`` of your own.
        cache_dir (str, optional): Defaults to None: the environment variable
            VLLTR_MM_CACHE or, without it, '~/.cache/vlltr_mm'.
        num_workers (int, optional): processes that tokenise a large corpus.
            Defaults to None, one per usable core.
        tokenizer (dict, optional): that of the text tower, see
            ``build_tokenizer``. Defaults to None, CLIP's.
        drop_repeated (bool): leave out what repeats an earlier sentence of
            its class, from whichever source, but for white space, case and end
            mark. Defaults to False.

    Raises:
        FileNotFoundError: if a source's file or folder is missing.
        ValueError: if there is no class or no source, a class has no
            sentence or no proper name, a file cannot be understood, or text
            and classes, or tokenizer and text tower, do not belong together.
    """

    def __init__(
        self,
        classes: Sequence[str],
        sources: Sequence[dict],
        cache_dir: str | None = None,
        num_workers: int | None = None,
        tokenizer: dict | None = None,
        drop_repeated: bool = False,
    ):
        self.classes = check_class_names(classes)
        built = build_sources(sources)
        made = build_tokenizer(tokenizer)
        self._folder = _cache_folder(self.classes, built, cache_dir, made, drop_repeated)
        read_text = partial(gather_text, self.classes, built, made, drop_repeated)
        given = dict(classes=self.classes, num_workers=num_workers, tokenizer=made)
        build = partial(_build, read_text=read_text, **given)
        read = partial(read_corpus, classes=self.classes)
        self._open(*open_or_build(self._folder, build, read))
        if self._warning:
            warn_once(self._warning)

    @classmethod
    def from_cfg(
        cls, corpus: Union[dict, 'TextCorpus'], classes: Sequence[str] | None
    ) -> 'TextCorpus':
        """Build the corpus of a data set.

        Args:
            corpus (dict | TextCorpus): a corpus, or the arguments of one;
                without ``classes``, those of the data set are taken.
            classes (Sequence[str], optional): the data set's C class names;
                None where they are unknown.

        Returns:
            TextCorpus: with C classes.

        Raises:
            ValueError: if neither side names the classes, or their numbers
                or their order differ. Other names are fine, such as CLIP's.
        """
        if not isinstance(corpus, cls):
            return cls(**_corpus_arguments(corpus, classes))
        _compare_classes(corpus.classes, classes)
        return corpus

    @classmethod
    def cached_fingerprint(
        cls, corpus: Union[dict, 'TextCorpus'], classes: Sequence[str] | None
    ) -> str | None:
        """Return the fingerprint of a corpus without reading its text.

        Args:
            corpus (dict | TextCorpus): as for ``from_cfg``.
            classes (Sequence[str], optional): the data set's C class names.

        Returns:
            str | None: ``fingerprint``; None where the corpus is not in the
            cache.

        Raises:
            RuntimeError: if the cached corpus is damaged.
            ValueError: if neither side names the classes, or there is no
                source.
        """
        if isinstance(corpus, cls):
            return corpus.fingerprint
        args = _corpus_arguments(corpus, classes)
        sources = build_sources(args.get('sources'))
        folder = _cache_folder(
            check_class_names(args['classes']),
            sources,
            args.get('cache_dir'),
            build_tokenizer(args.get('tokenizer')),
            args.get('drop_repeated', False),
        )
        return read_meta(folder)['fingerprint'] if osp.isdir(folder) else None

    def _open(self, arrays: dict[str, np.ndarray], meta: dict):
        self._ids = arrays['ids']
        self._id_offsets = arrays['id_offsets']
        self._text = arrays['text']
        self._text_offsets = arrays['text_offsets']
        self.labels = arrays['labels']  # (S,) int64, ascending
        self._class_offsets = np.searchsorted(self.labels, np.arange(len(self.classes) + 1))
        self.origins = arrays['origins']  # (S,) int32, positions in origin_names
        self.origin_names = meta['origin_names']
        self.fingerprint = meta['fingerprint']  # sha256 of the content
        self._warning = meta['warning']
        self.token_rules = meta['rules']  # those of the text tower it is for
        self.pad_id = meta['pad_id']

    def __getstate__(self) -> dict:
        return dict(classes=self.classes, _folder=self._folder)

    def __setstate__(self, state: dict):
        self.__dict__.update(state)
        self._open(*read_corpus(self._folder))  # the process that made it has compared it

    def __len__(self) -> int:
        """Return S, the number of sentences."""
        return len(self.labels)

    @property
    def token_lengths(self) -> np.ndarray:
        """Ids per sentence, special ones included, (S,) int64."""
        return np.diff(self._id_offsets)

    @cached_property
    def sentences(self) -> list[list[str]]:
        """The sentences of each class, prompts first."""
        return [
            [self.sentence(s) for s in range(*self.class_slice(c))]
            for c in range(len(self.classes))
        ]

    def sentence(self, index: int) -> str:
        """Return one of the S sentences."""
        start, stop = self._text_offsets[index : index + 2]
        return self._text[start:stop].tobytes().decode('utf-8')

    def origin(self, index: int) -> str:
        """Return where one of the S sentences comes from, such as a file or a set of prompts."""
        return self.origin_names[self.origins[index]]

    def class_slice(self, label: int) -> tuple[int, int]:
        """Return the first sentence of a class and the one after its last.

        Raises:
            ValueError: if there is no such class.
        """
        if not 0 <= label < len(self.classes):
            raise ValueError(
                f'label is {label}; the corpus has classes 0 .. {len(self.classes) - 1}.'
            )
        start, stop = self._class_offsets[label : label + 2]
        return int(start), int(stop)

    def token_ids(self, index: int) -> Tensor:
        """Return the tokens of one sentence, (L,) int64, start to end."""
        start, stop = self._id_offsets[index : index + 2]
        return torch.from_numpy(self._ids[start:stop].astype(np.int64))

    def tokens(self, label: int) -> Tensor:
        """Return the tokens of all sentences of a class.

        Args:
            label (int): the class.

        Returns:
            Tensor: (n_c, L) int64, padded as the tokenizer does: for CLIP L is
            77, and the padding 0.
        """
        start, stop = self.class_slice(label)
        shape = stop - start, self.token_rules.context_length
        padded = torch.full(shape, self.pad_id, dtype=torch.long)
        for row, index in zip(padded, range(start, stop)):
            ids = self.token_ids(index)
            row[: len(ids)] = ids
        return padded

    def text_input(self, index: int) -> Tensor:
        """Return the tokens of one sentence, (L,) int64, as samples carry them.

        A batch is filled up with zeros. Where the tokenizer pads with another
        id, the padding is here already.
        """
        ids = self.token_ids(index)
        if self.pad_id == 0:
            return ids
        row = torch.full((self.token_rules.context_length,), self.pad_id, dtype=torch.long)
        row[: len(ids)] = ids
        return row


def corpus_classes(corpus: dict, classes: Sequence[str] | None) -> Sequence[str]:
    """Return the class names of the corpus of a data set.

    Args:
        corpus (dict): the arguments of a ``TextCorpus``.
        classes (Sequence[str], optional): the data set's C class names.

    Returns:
        Sequence[str]: the corpus's own C names, or those of the data set.

    Raises:
        ValueError: if neither side names the classes, or their numbers or
            their order differ.
    """
    own = corpus.get('classes')
    if own is None and classes is None:
        raise ValueError(
            "corpus has no 'classes' and the data set's metainfo has "
            'none either; name the classes in one of them.'
        )
    if own is None:
        return classes
    own = check_class_names(own)
    _compare_classes(own, classes)
    return own


def _compare_classes(own: tuple[str, ...], classes: Sequence[str] | None):
    """Compare the classes of a corpus with those of a data set; names may differ."""
    if classes is None or own == tuple(classes):
        return
    if len(own) != len(classes):
        raise ValueError(
            f"corpus has {len(own)} classes, the data set {len(classes)}; correct the corpus's "
            "classes, or leave them out to take the data set's."
        )
    here = ClassRecord(check_class_names(classes))
    ClassRecord(own).check_classes(here, 'the corpus', 'the data set')


def _corpus_arguments(corpus: dict, classes: Sequence[str] | None) -> dict:
    args = dict(corpus, classes=corpus_classes(corpus, classes))
    args.pop('type', None)
    return args


def _cache_folder(classes, sources: Sequence, cache_dir: str | None, tokenizer, drop: bool) -> str:
    if not isinstance(drop, bool):
        raise ValueError(f'drop_repeated is {shown(drop)}; give True or False.')
    identities = [source.identity(classes) for source in sources]
    identities += [dict(drop_repeated=True)] * drop
    key = cache_key(classes, identities, tokenizer)
    return osp.join(osp.abspath(osp.expanduser(cache_dir or default_cache_dir())), key)


def _build(folder: str, read_text: Callable, classes, num_workers: int | None, tokenizer):
    """Read all text before tokenising, so that bad input is found at once."""
    text = read_text()
    text.check()
    write_corpus(folder, classes, text, num_workers, tokenizer)
