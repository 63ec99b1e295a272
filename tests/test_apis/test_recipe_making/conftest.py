import pytest
from own_images import write_home


@pytest.fixture(scope='module')
def home(tmp_path_factory):
    """A folder with all that a recipe is made of."""
    root = tmp_path_factory.mktemp('home')
    write_home(root)
    return root
