"""What the selection of anchors kept and dropped, from its readable file."""

import math
import os.path as osp

from mmengine.config import Config

from ...utils.files import read_json
from ...utils.validation import check_list, check_mapping, check_text

_LONGEST = 300  # letters of a sentence


def shorten(sentence: str) -> str:
    """Cut a very long sentence."""
    return sentence if len(sentence) <= _LONGEST else f'{sentence[: _LONGEST - 1]}…'


class SelectionFile:
    """The sentences of each class with their L_lin, as ``write_readable`` wrote them.

    Args:
        path (str): the ``.json`` file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it holds something else.
    """

    def __init__(self, path: str):
        self.path = path
        self.classes = check_list(read_json(path, 'what select_anchors wrote'), path)
        for label, entry in enumerate(self.classes):
            where = f'{path}, class {label}'
            check_mapping(entry, where, ('name', 'sentences'))
            for sentence in check_list(entry['sentences'], f'{where}, sentences'):
                check_mapping(sentence, where, ('sentence', 'l_lin', 'anchor'))
                check_text(sentence['sentence'], f'{where}, sentence')
                _check_loss(sentence['l_lin'], where)

    def parts(self, anchors: list[list[str]], room: int) -> list[dict]:
        """Return what was dropped of each class.

        Args:
            anchors (list[list[str]]): the sentences that the model has of each
                class.
            room (int): sentences to return of a class.

        Returns:
            list[dict]: ``kept`` and ``dropped``, numbers of sentences;
            ``nearest`` and ``farthest``, dropped ones with the smallest and
            the largest L_lin, as [sentence, L_lin].

        Raises:
            ValueError: if the model has other sentences.
        """
        if len(self.classes) != len(anchors):
            raise ValueError(
                f'{self.path} is of {len(self.classes)} classes, the model of {len(anchors)}.'
            )
        parts = []
        for label, (entry, own) in enumerate(zip(self.classes, anchors)):
            kept = [s['sentence'] for s in entry['sentences'] if s['anchor'] is True]
            if sorted(kept) != sorted(own):
                raise ValueError(
                    f'{self.path} keeps other sentences of class {label} than the model has; it is '
                    'of another selection.'
                )
            rows = [
                [shorten(s['sentence']), s['l_lin']]
                for s in entry['sentences']
                if s['anchor'] is not True
            ]
            rows.sort(key=lambda row: (row[1] is None, row[1] or 0))
            first = rows[: math.ceil(room / 2)]
            last = rows[len(first) :][-(room // 2) :]
            parts.append(dict(kept=len(kept), dropped=len(rows), nearest=first, farthest=last))
        return parts


def _check_loss(value, where: str):
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise ValueError(f'{where}: l_lin is {value!r}; it must be a number or null.')


def read_selection(cfg: Config, folder: str) -> SelectionFile:
    """Read the file beside the anchors of a run.

    Args:
        cfg (Config): with ``model.head.anchors``.
        folder (str): of the run. A comparison that was moved has the stage
            before beside it.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is damaged.
    """
    anchors = cfg.model.head.get('anchors')
    if not anchors:
        raise FileNotFoundError('The config names no anchors file.')
    name = osp.splitext(anchors)[0] + '.json'
    beside = osp.join(osp.dirname(osp.abspath(folder)), *name.split('/')[-2:])
    return SelectionFile(beside if not osp.isfile(name) and osp.isfile(beside) else name)
