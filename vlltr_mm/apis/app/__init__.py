"""A page in the browser on which a finished model is asked about images."""

from .server import AppServer
from .session import Session

__all__ = ['AppServer', 'Session']
