"""How many bytes of tensors are alive at most while a piece of code runs."""

import weakref

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveBytes(TorchDispatchMode):
    """Count the storages that operators make, as long as they live.

    Attributes:
        peak (int): the most bytes at a time, of what was made inside.
    """

    def __init__(self):
        super().__init__()
        self.peak = self._live = 0
        self._seen = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        known = {id(s) for s in _storages((args, kwargs))}  # a view makes no storage
        out = func(*args, **(kwargs or {}))
        for storage in _storages(out):
            if id(storage) not in self._seen | known:
                self._seen.add(id(storage))
                self._live += storage.nbytes()
                weakref.finalize(storage, self._gone, id(storage), storage.nbytes())
        self.peak = max(self.peak, self._live)
        return out

    def _gone(self, key, size):
        self._seen.discard(key)
        self._live -= size


def _storages(tree):
    return [
        leaf.untyped_storage() for leaf in tree_leaves(tree) if hasattr(leaf, 'untyped_storage')
    ]
