"""Keys of earlier batches, each with the class of its image."""

import torch
import torch.nn.functional as F
from mmengine.dist import get_world_size
from torch import Tensor, nn

from ...utils.validation import check_int, check_text
from ..losses.gather import gather_rows


class LabelledQueue(nn.Module):
    """The last K keys, first in, first out, and their labels.

    All of it is buffers: it moves and is saved with the model, and a resumed
    training goes on with the queue that it had. Every rank adds the keys of
    all ranks, so that all have the same queue. Source: He et al., Momentum
    Contrast, CVPR 2020 (arXiv 1911.05722), which has no labels.

    Args:
        length (int): K, a multiple of the batch of all ranks together.
        dims (int): D, of a key.
        start (str): what is in it before K keys came. 'empty': places with
            label −1, which losses leave out. 'paco' and 'ssd' are what the
            authors' codes begin with: random vectors of about
            √(D/K) length and of random classes; random ones of length 1 and
            class 0. Defaults to 'empty'.
        num_classes (int, optional): C, needed by 'paco'. Defaults to None.

    Raises:
        ValueError: if a size is not positive, or there is no such start.

    Examples:
        >>> queue = LabelledQueue(length=4, dims=2)
        >>> queue.append(torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([7, 1]))
        >>> keys, labels = queue.contents()
        >>> [[round(v, 4) for v in key] for key in keys.tolist()[:2]], labels.tolist()
        ([[0.6, 0.8], [0.0, 1.0]], [7, 1, -1, -1])
    """

    STARTS = ('empty', 'paco', 'ssd')

    def __init__(
        self, length: int, dims: int, start: str = 'empty', num_classes: int | None = None
    ):
        super().__init__()
        check_int(length, 'length of the queue', 1)
        check_int(dims, 'dims of the queue', 1)
        check_text(start, 'start of the queue', self.STARTS)
        queue, labels = torch.zeros(length, dims), torch.full((length,), -1)
        if start == 'paco':
            check_int(num_classes, "num_classes of the queue (start='paco' draws labels)", 1)
            queue = F.normalize(torch.randn(length, dims), dim=0)  # each dimension, not each key
            labels = torch.randint(num_classes, (length,))
        elif start == 'ssd':
            queue, labels = F.normalize(torch.randn(length, dims), dim=1), torch.zeros_like(labels)
        self.register_buffer('queue', queue)
        self.register_buffer('queue_labels', labels)
        self.register_buffer('ptr', torch.zeros((), dtype=torch.long))

    def contents(self) -> tuple[Tensor, Tensor]:
        """Return copies of keys (K, D) and labels (K,), −1 where nothing came yet.

        Copies, since a backward pass still needs them after ``append``.
        """
        return self.queue.clone(), self.queue_labels.clone()

    def check_batch(self, size: int):
        """Check that batches of ``size`` images, of all ranks together, fill the queue.

        Raises:
            ValueError: if K is no multiple of it.
        """
        if len(self.queue) % size:
            raise ValueError(
                f'The queue has {len(self.queue)} places, which the batch of {size} images of all '
                'ranks does not divide; give a multiple as length of the queue, and '
                'drop_last=True in train_dataloader.'
            )

    @torch.no_grad()
    def append(self, keys: Tensor, labels: Tensor):
        """Replace the oldest keys by those of a batch, of all ranks in their order.

        Args:
            keys (Tensor): (B, D), brought to unit norm here; the same B on
                every rank.
            labels (Tensor): (B,) int64.

        Raises:
            ValueError: if K is no multiple of the batch of all ranks.
        """
        length, size = len(self.queue), len(keys) * get_world_size()
        self.check_batch(size)
        keys = gather_rows(F.normalize(keys.detach().to(self.queue.dtype), dim=1))
        places = (self.ptr + torch.arange(size, device=keys.device)) % length
        self.queue[places] = keys
        self.queue_labels[places] = gather_rows(labels)
        self.ptr.copy_((self.ptr + size) % length)
