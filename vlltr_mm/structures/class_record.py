"""What something was made for: the record that travels with it."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from ..utils.logit_scale import check_log_scale
from ..utils.validation import check_int, check_list, check_mapping, check_text

VERSION = 1
_SHOWN = 3  # classes named in a message


@dataclass(frozen=True)
class ClassRecord:
    """The classes that something was made for, and what it was made from.

    It travels with anchors, banks, stored features and checkpoints; whoever
    reads one of them compares it with the data at hand (``check_classes``).

    Args:
        classes (Sequence[str]): C names in the order of the labels, kept as a
            tuple, in Unicode's normal form C.
        class_counts (Sequence[int], optional): (C,) training images. Defaults
            to None, unknown.
        corpus (str, optional): fingerprint of the text. Defaults to None.
        tower (str, optional): digest of the weights that embedded it.
            Defaults to None.
        logit_scale (float, optional): log s of these towers. Defaults to
            None.

    Raises:
        ValueError: if the counts are not C.

    Examples:
        >>> made = ClassRecord(['cat', 'dog'])
        >>> made.check_classes(ClassRecord(['cat', 'hound']), 'anchors', 'the list')
        ["anchors and the list name classes differently: 1 is 'dog' there, 'hound' here"]
        >>> made.check_classes(ClassRecord(['dog', 'cat']), 'anchors', 'the list')
        Traceback (most recent call last):
        ...
        ValueError: anchors and the list have the same classes in another order: 0 is 'cat' \
there, 'dog' here; 1 is 'dog' there, 'cat' here. Bring the files together that belong together, \
or make anchors again.
    """

    classes: tuple[str, ...]
    class_counts: tuple[int, ...] | None = None
    corpus: str | None = None
    tower: str | None = None
    logit_scale: float | None = None

    def __post_init__(self):
        names = tuple(unicodedata.normalize('NFC', name) for name in self.classes)
        object.__setattr__(self, 'classes', names)
        if self.class_counts is not None:
            counts = tuple(int(count) for count in self.class_counts)
            if len(counts) != len(names):
                raise ValueError(
                    f'There are {len(counts)} class_counts for {len(names)} classes; give one each.'
                )
            object.__setattr__(self, 'class_counts', counts)

    def check_classes(self, here: 'ClassRecord', made: str, owner: str) -> list[str]:
        """Compare the classes with those it is to be used with.

        Args:
            here (ClassRecord): of the data at hand.
            made (str): what this record came with, for the messages.
            owner (str): what ``here`` is of, for the messages.

        Returns:
            list[str]: what to warn of: other names, other training counts.

        Raises:
            ValueError: if the number of classes or their order differs.
        """
        remedy = f'Bring the files together that belong together, or make {made} again.'
        if len(self.classes) != len(here.classes):
            raise ValueError(
                f'{made} is of {len(self.classes)} classes, {owner} of {len(here.classes)}'
                f'{self._first_unlike(here)}. {remedy}'
            )
        differ = [i for i, pair in enumerate(zip(self.classes, here.classes)) if len({*pair}) > 1]
        listed = '; '.join(
            f"{i} is '{self.classes[i]}' there, '{here.classes[i]}' here" for i in differ[:_SHOWN]
        ) + (f'; {len(differ)} differ' if len(differ) > _SHOWN else '')
        # A name that stands elsewhere was moved; one that stands nowhere was renamed.
        moved = Counter(self.classes[i] for i in differ) & Counter(here.classes[i] for i in differ)
        if moved:
            raise ValueError(
                f'{made} and {owner} have the same classes in another order: {listed}. {remedy}'
            )
        warnings = [f'{made} and {owner} name classes differently: {listed}'] if differ else []
        return warnings + self._compare_counts(here, made, owner)

    def _compare_counts(self, here: 'ClassRecord', made: str, owner: str) -> list[str]:
        """Return a warning where the training counts differ."""
        there, now = self.class_counts, here.class_counts
        if None in (there, now) or there == now:
            return []
        differ = [i for i, pair in enumerate(zip(there, now)) if len({*pair}) > 1]
        first = differ[0]
        return [
            f'{made} and {owner} have other training images: class {first} '
            f"'{here.classes[first]}' has {there[first]} there, {now[first]} here; "
            f'{len(differ)} of {len(now)} classes differ'
        ]

    def _first_unlike(self, here: 'ClassRecord') -> str:
        """Name the first classes that only one side has."""
        parts = []
        for names, place in ((self.classes, 'there'), (here.classes, 'here')):
            other = set(here.classes if names is self.classes else self.classes)
            only = [f"{i} '{name}'" for i, name in enumerate(names) if name not in other]
            if only:
                parts.append(f'only {place}: {", ".join(only[:_SHOWN])}')
        return f' ({"; ".join(parts)})' if parts else ''

    def extended(self, names: Sequence[str]) -> 'ClassRecord':
        """Return the record with more classes, without training images and behind these.

        The fingerprint of the corpus is left out: it is of these classes only.
        """
        counts = self.class_counts and (*self.class_counts, *[0] * len(names))
        return replace(self, classes=(*self.classes, *names), class_counts=counts, corpus=None)

    def to_meta(self) -> dict:
        """Return JSON values, with the version."""
        known = {key: value for key, value in asdict(self).items() if value is not None}
        return dict(known, version=VERSION)

    @classmethod
    def from_meta(cls, meta, where: str) -> 'ClassRecord':
        """Read what ``to_meta`` returned, from a file of anyone.

        Args:
            meta (dict): JSON values.
            where (str): the file, for the messages.

        Raises:
            ValueError: if it is no such record, or one of a later version.
        """
        meta = check_mapping(meta, f'{where}, record', keys=('version', 'classes'))
        version = check_int(meta['version'], f'{where}, record.version', 1)
        if version > VERSION:
            raise ValueError(
                f'{where} has a class record of version {version}, this vlltr_mm reads up to '
                f'{VERSION}; update vlltr_mm, or make the file with this one.'
            )
        classes = check_list(meta['classes'], f'{where}, record.classes')
        names = [check_text(n, f'{where}, record.classes[{i}]') for i, n in enumerate(classes)]
        counts = meta.get('class_counts')
        if counts is not None:
            counts = [
                check_int(n, f'{where}, record.class_counts[{i}]', 0)
                for i, n in enumerate(
                    check_list(counts, f'{where}, record.class_counts', len(names))
                )
            ]
        texts = {
            key: None if meta.get(key) is None else check_text(meta[key], f'{where}, record.{key}')
            for key in ('corpus', 'tower')
        }
        scale = meta.get('logit_scale')
        if scale is not None:
            scale = check_log_scale(scale, f'{where}, record.logit_scale')
        return cls(names, counts, **texts, logit_scale=scale)
