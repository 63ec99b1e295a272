"""Finished models, and what classes added by text make of them."""

import json

import pytest
from finished_models import GIVEN, KINDS, write_finished, write_text_tower

from vlltr_mm.apis.new_classes import add_classes


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('added')
    (root / 'names.json').write_text(json.dumps(GIVEN))
    return root


@pytest.fixture(scope='module')
def tower(root):
    return write_text_tower(root)


@pytest.fixture(scope='module', params=KINDS)
def finished(request, root, tower):
    return write_finished(root, request.param, tower=tower[1])


@pytest.fixture(scope='module')
def added(root, tower, finished):
    out = str(root / 'extended' / f'{finished[0].rpartition("/")[2]}.pth')
    return finished, add_classes(*finished, str(root / 'names.json'), out, tower[0])
