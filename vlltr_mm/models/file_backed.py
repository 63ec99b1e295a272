"""Modules of which a light checkpoint may leave out what they read from a file."""

from typing import NamedTuple

from torch import Tensor

from ..structures.left_out import KEY, LeftOut


class FileContent(NamedTuple):
    """What a module reads from its file.

    state: by the module's own names, as ``init_weights`` loads it.
    digest: of the numbers in the file, before any resizing.
    """

    state: dict[str, Tensor]
    digest: str


class FileBacked:
    """Base, beside ``nn.Module``, of modules that read tensors from a file.

    A state dict that lacks some of these, as ``LeftOut`` says, is completed
    from the file by whatever loads it: ``load_state_dict``, MMEngine's
    ``load_checkpoint`` with or without ``strict``, a runner. The file must
    have the numbers that the light checkpoint was trained with.
    """

    file_key = 'pretrained'  # the attribute that names the file

    @property
    def file_source(self) -> str | None:
        """The file or tag that the config names."""
        return getattr(self, self.file_key)

    def read_file(self) -> FileContent:
        """Read the file.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it does not fit.
        """
        raise NotImplementedError

    def fill_left_out(self, state_dict: dict[str, Tensor], prefix: str):
        """Put what was left out of a state dict back into it.

        Args:
            state_dict (dict): changed in place; one that is whole stays.
            prefix (str): of this module's names in it.

        Raises:
            FileNotFoundError: if the file is missing.
            ValueError: if no file is named, or it has other numbers.
        """
        lacking = LeftOut.read(state_dict, prefix)
        if lacking is None:
            return
        name = f'{prefix}{self.file_key}'
        if self.file_source is None:
            raise ValueError(
                f'The light checkpoint lacks {len(lacking.tensors)} tensors of {lacking}, and '
                f'{name} is None; set it to that file.'
            )
        try:
            content = self.read_file()
        except (FileNotFoundError, RuntimeError) as error:  # also a tag that cannot be fetched
            raise type(error)(
                f'{error} The light checkpoint needs {name}, made with {lacking}: put that file '
                'there, or name its place.'
            ) from error
        if content.digest != lacking.digest:
            raise ValueError(
                f'{name}={self.file_source!r} has other weights (digest {content.digest}) than '
                f'the light checkpoint was trained with: {lacking}. Name that file.'
            )
        unknown = [tensor for tensor in lacking.tensors if tensor not in content.state]
        if unknown:
            raise ValueError(
                f'The light checkpoint lacks {prefix}{unknown[0]}, which {name}='
                f'{self.file_source!r} does not have; set the architecture to what it was trained '
                'with.'
            )
        state_dict.pop(prefix + KEY)
        state_dict.update((prefix + t, content.state[t]) for t in lacking.tensors)
        for name in self.state_dict():  # in their order, which digests of a state dict count
            if prefix + name in state_dict:
                state_dict[prefix + name] = state_dict.pop(prefix + name)

    def _load_from_state_dict(self, state_dict, prefix, *args):
        """Complete a light state dict before it is loaded."""
        self.fill_left_out(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)
