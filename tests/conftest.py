"""Shared set-up of the tests."""

import os

os.environ.setdefault('OMP_NUM_THREADS', '1')
