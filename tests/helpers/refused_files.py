"""Files that a loader has to refuse."""

import pickle

import pytest

from vlltr_mm.utils.checkpoint import load_checkpoint_file

SHOULD_FAIL = 'was refused and nothing of it was run'


class Call:
    """Pickled as a call of any function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def refuse(path, match=SHOULD_FAIL):
    with pytest.raises(pickle.UnpicklingError, match=match) as caught:
        load_checkpoint_file(str(path))
    assert str(path) in str(caught.value)
    assert 'weights_only' not in str(caught.value)  # torch's risky advice
    assert 'safe_globals' not in str(caught.value)
