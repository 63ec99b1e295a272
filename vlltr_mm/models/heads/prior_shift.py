"""Take off the class prior that a text score has of its own."""

import torch
from torch import Tensor, nn

from ...structures import TextPrior
from ...utils.validation import check_tensor
from .run_classes import RunClasses

_KEY = 'log_prior'


class PriorShift(nn.Module):
    """z − log q of logits z (N, C); z itself where there is no prior q.

    A head holds one as ``text_prior``. Its buffer log q is in a state dict
    only where there is a prior: checkpoints without it load as before, and
    those of heads without it are as they were.

    Args:
        num_classes (int): C.
        file (str, optional): that of ``tools/analysis_tools/calibrate.py``.
            It is read where weights are initialised or a checkpoint is
            loaded, and counts more than the checkpoint's prior. Defaults to
            None: the checkpoint's, if it has one.
    """

    def __init__(self, num_classes: int, file: str | None = None):
        super().__init__()
        self.file = file
        self.register_buffer(_KEY, torch.zeros(num_classes), persistent=False)
        self._is_set = False
        self._run: RunClasses | None = None

    def forward(self, logits: Tensor) -> Tensor:
        """Return z − log q, in float32 at least; or z as it is.

        Args:
            logits (Tensor): z (N, C).
        """
        return logits - self.log_prior if self._is_set else logits

    def set_prior(self, log_prior: Tensor):
        """Set log q (C,); it has no class record.

        Raises:
            ValueError: if it is of another number of classes, or not finite.
        """
        check_tensor(log_prior, 'log_prior', axes=1)
        if log_prior.shape != self.log_prior.shape:
            raise ValueError(
                f'log_prior is of {len(log_prior)} classes, the head of {len(self.log_prior)}; '
                'estimate it for this data set, with tools/analysis_tools/calibrate.py.'
            )
        with torch.no_grad():
            self.log_prior.copy_(log_prior)
        self._is_set, self._run = True, None

    def init_weights(self):
        """Read the file, where one is named.

        Raises:
            FileNotFoundError: if it does not exist.
            ValueError: if it does not fit.
        """
        if self.file is None:
            return
        try:
            prior = TextPrior.load(self.file)
            self.set_prior(prior.log_prior)
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f'{error} text_prior of the head names it; tools/analysis_tools/calibrate.py '
                'writes it, and text_prior=None takes the prior of the checkpoint, if any.'
            ) from error
        except ValueError as error:
            raise ValueError(f'{self.file}: {error}') from error
        self._run = RunClasses(prior.record)

    def train(self, mode: bool = True) -> 'PriorShift':
        """Switch the mode, after a look at whose classes a runner works on.

        Raises:
            ValueError: if they have another order than those of the file.
        """
        if self._run is not None:
            self._run.compare(self.file)
        return super().train(mode)

    def _save_to_state_dict(self, destination: dict, prefix: str, keep_vars: bool):
        """Add the prior, where there is one."""
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if self._is_set:
            destination[f'{prefix}{_KEY}'] = self.log_prior

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, errors
    ):
        """Take the prior of the file, else that of the state dict, else leave it."""
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, errors
        )
        key = f'{prefix}{_KEY}'
        unexpected_keys[:] = [name for name in unexpected_keys if name != key]
        if self.file is not None:
            self.init_weights()
        elif key in state_dict:
            try:
                self.set_prior(state_dict[key])
            except ValueError as error:
                errors.append(f'{key}: {error}')
