"""Where the configs of this project are, and MMPretrain's hub of models that lists them."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_ROOTS = (_PACKAGE.parent / 'configs', _PACKAGE / '.mim' / 'configs')  # checkout, wheel


def configs_folder() -> Path:
    """Return the folder of this project's configs, in the checkout or the wheel."""
    return next((root for root in _ROOTS if (root / '_base_').is_dir()), _ROOTS[0])


def list_configs() -> dict[str, str]:
    """Map the configs of this project, named by folder and file, to their paths."""
    root = configs_folder()
    paths = {path.relative_to(root): path for path in sorted(root.rglob('*.py'))}
    return {
        key.with_suffix('').as_posix(): str(path)
        for key, path in paths.items()
        if key.parts[0] != '_base_'
    }


def register_models():
    """Let ``mmpretrain.list_models`` and ``get_model`` know the configs by their file names.

    Names and paths only: reading all that ``model-index.yml`` says would
    lengthen every import.
    """
    from mmpretrain.apis.model import ModelHub
    from modelindex.models.Model import Model

    for key, path in list_configs().items():
        name = key.rpartition('/')[2]
        model = Model(name=name, config=path)
        model.filepath = path  # of what defines it, for messages
        ModelHub._models_dict.setdefault(name.lower(), model)
