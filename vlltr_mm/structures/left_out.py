"""What a light checkpoint leaves out, and which file has it."""

from dataclasses import asdict, dataclass

from torch import Tensor

from ..utils.validation import check_list
from .packed_json import pack_json, unpack_json

KEY = 'left_out'  # the last part of a key of a state dict
_VERSION = 1
_TOOL = 'python tools/model_converters/light_checkpoint.py'


@dataclass(frozen=True)
class LeftOut:
    """Tensors of a module that a light checkpoint lacks, since a file has them.

    It lies in the state dict beside the module's other tensors, as ``left_out``,
    packed JSON in a (B,) uint8 tensor, so that a bare state dict has it too.

    Args:
        file (str): what the module read: a path, or a tag of open_clip.
        digest (str): of the numbers in the file that are the module's.
        tensors (list[str]): the names, of the module's state dict.
        sha256 (str, optional): of the whole file, to find it again by.
            Defaults to None, for a tag.
    """

    file: str
    digest: str
    tensors: list[str]
    sha256: str | None = None

    def __str__(self) -> str:
        digest = f'SHA-256 of the file {self.sha256}, ' if self.sha256 else ''
        return f'{self.file} ({digest}digest of its weights {self.digest})'

    def write(self, state_dict: dict[str, Tensor], prefix: str):
        """Put it in the place of the tensors.

        Args:
            state_dict (dict): changed in place.
            prefix (str): of the module's names in it, such as 'backbone.'.
        """
        for name in self.tensors:
            del state_dict[prefix + name]
        state_dict[prefix + KEY] = pack_json(dict(asdict(self), version=_VERSION))

    @classmethod
    def read(cls, state_dict: dict[str, Tensor], prefix: str) -> 'LeftOut | None':
        """Find it in a state dict; None where nothing was left out.

        Raises:
            ValueError: if it is damaged, or of a later version.
        """
        packed, where = state_dict.get(prefix + KEY), prefix + KEY
        if packed is None:
            return None
        content = unpack_json(packed, where)
        if not isinstance(content, dict) or content.get('version') != _VERSION:
            found = content.get('version') if isinstance(content, dict) else content
            raise ValueError(
                f'{where} is of version {found!r}; this release reads {_VERSION}. Take the '
                'release that wrote the checkpoint, or write it again.'
            )
        texts = [content.get('file'), content.get('digest'), content.get('sha256') or '']
        names = check_list(content.get('tensors'), f'{where}, tensors')
        if not all(isinstance(text, str) for text in [*texts, *names]):
            raise ValueError(f'{where} has a file, digest or name that is no text; write it again.')
        return cls(*texts[:2], names, texts[2] or None)


def left_out_prefixes(state_dict: dict[str, Tensor]) -> list[str]:
    """List the prefixes of the modules of which a state dict lacks tensors."""
    return [key[: -len(KEY)] for key in state_dict if f'.{key}'.endswith(f'.{KEY}')]


def refuse_light(state_dict: dict[str, Tensor], source: str):
    """Refuse a state dict that lacks tensors.

    Args:
        state_dict (dict): of a file.
        source (str): the file.

    Raises:
        ValueError: naming what it lacks, and the command that makes it whole.
    """
    for prefix in left_out_prefixes(state_dict):
        lacking = LeftOut.read(state_dict, prefix)
        raise ValueError(
            f'{source} is a light checkpoint: {len(lacking.tensors)} tensors of {prefix or "it"} '
            f'such as {lacking.tensors[0] if lacking.tensors else None} are not in it but in '
            f'{lacking}. Make it whole, with the config that trained it: {_TOOL} CONFIG {source} '
            'WHOLE.pth --to whole'
        )
