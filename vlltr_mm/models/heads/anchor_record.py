"""What the anchors of a head were made for, as a part of its checkpoints."""

from collections.abc import Sequence

from torch import Tensor

from ...structures import AnchorSet, ClassRecord
from ...structures.anchor_set import origins_by_class, pack_sentences, unpack_sentences
from ...structures.packed_json import pack_json, unpack_json
from ...structures.sentence_origins import extend_origins
from .run_classes import RunClasses

# Entries of a head's state dict that belong to no parameter or buffer.
RECORD_KEYS = ('anchor_record', 'anchor_text')


class AnchorRecord:
    """The class record of a head's anchors, their L_lin and their sentences.

    It travels in the head's state dict, as (B,) uint8 tensors of packed JSON,
    so that a bare state dict has it too, and safetensors can hold it. A state
    dict without it, such as one of version 0.1, loads as before; there is
    nothing to compare then.

    Args:
        packed (Tensor): (B,) uint8, of a ``ClassRecord``'s meta and
            ``losses``: L_lin of the anchors of each class, None where padded
            or not scored; and ``origins``, where they are known.
        packed_text (Tensor, optional): that of an ``AnchorSet``. Defaults to
            None.
        where (str): what it came from, for the messages. Defaults to
            'anchor_record'.

    Raises:
        ValueError: if the record is damaged.
    """

    def __init__(
        self, packed: Tensor, packed_text: Tensor | None = None, where: str = 'anchor_record'
    ):
        content = unpack_json(packed, where)
        self.made_for = ClassRecord.from_meta(content, where)
        # Packed once, not for each checkpoint.
        self._packed, self._packed_text = packed, packed_text
        self._run = RunClasses(self.made_for)

    @classmethod
    def of(cls, anchors: AnchorSet) -> 'AnchorRecord':
        """Return that of selected anchors."""
        losses = [
            [None if loss != loss else round(loss, 4) for loss in own]  # nan differs from itself
            for own in anchors.losses.tolist()
        ]
        content = dict(anchors.record.to_meta(), losses=losses)
        if anchors.packed_origins is not None:  # what earlier versions do not look at
            content['origins'] = anchors.packed_origins
        return cls(pack_json(content), anchors.packed_text)

    @classmethod
    def read(cls, state_dict: dict, prefix: str) -> 'AnchorRecord | None':
        """Find it in a state dict; None where there is none.

        Args:
            state_dict (dict): of a model.
            prefix (str): the head's, such as 'head.'.

        Raises:
            ValueError: if it is damaged.
        """
        packed, text = (state_dict.get(f'{prefix}{key}') for key in RECORD_KEYS)
        return None if packed is None else cls(packed, text, f'{prefix}{RECORD_KEYS[0]}')

    def write(self, state_dict: dict, prefix: str):
        """Add it to a state dict."""
        state_dict[f'{prefix}{RECORD_KEYS[0]}'] = self._packed
        if self._packed_text is not None:
            state_dict[f'{prefix}{RECORD_KEYS[1]}'] = self._packed_text

    @property
    def losses(self) -> list[list[float | None]]:
        """L_lin of the M anchors of each class, None where padded or not scored."""
        return unpack_json(self._packed, 'anchor_record').get('losses', [])

    def text(self, mask: Tensor) -> list[list[str]] | None:
        """Return the sentences of each class's anchors, where they are known.

        Args:
            mask (Tensor): (C, M) bool, True = real.
        """
        if self._packed_text is None:
            return None
        return unpack_sentences(self._packed_text, mask, RECORD_KEYS[1])

    def origins(self, mask: Tensor) -> list[list[str]] | None:
        """Return where the sentences of each class's anchors come from, where it is known.

        Args:
            mask (Tensor): (C, M) bool, True = real.
        """
        content = unpack_json(self._packed, RECORD_KEYS[0])
        return origins_by_class(content.get('origins'), mask, RECORD_KEYS[0])

    def extended(
        self, names: Sequence[str], sentences: Sequence[Sequence[str]], mask: Tensor
    ) -> 'AnchorRecord':
        """Return the record of these anchors and those of more classes behind them.

        The new classes have no training images and no L_lin. The fingerprint
        of the corpus is left out, as the sentences are no longer those of one.

        Args:
            names (Sequence[str]): K names.
            sentences (Sequence[Sequence[str]]): of the anchors of each, at
                most M. They are left out where those of the other classes are
                not known.
            mask (Tensor): (C, M) bool of the anchors here, True = real.
        """
        content = unpack_json(self._packed, RECORD_KEYS[0])
        losses = content.get('losses')
        origins = content.get('origins')
        content = self.made_for.extended(names).to_meta()
        if origins is not None:
            content['origins'] = extend_origins(origins, sum(map(len, sentences)), 'a new class')
        if losses is not None:
            content['losses'] = [*losses, *[[None] * mask.shape[1]] * len(names)]
        known = self.text(mask)
        text = None if known is None else pack_sentences([*known, *sentences])
        return AnchorRecord(pack_json(content), text)

    def compare_with_run(self, owner: str):
        """Compare the classes with those of a runner's data set; see ``RunClasses``."""
        self._run.compare(owner)
