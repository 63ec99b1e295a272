"""Processes of this machine."""

import os


def is_alive(pid: int | str) -> bool:
    """Return whether a process of this machine exists, where that can be asked."""
    if os.name != 'posix':
        return True
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:  # another user's
        pass
    return True
