"""What sections need beside torch and torchvision, to carry to a machine without a network."""

# Kilobytes of the wheels for Linux, x86-64, Python 3.12.
BASE = {
    'mmengine==0.10.7': 453,
    'mmcv-lite==2.2.0': 732,
    'mmpretrain==1.2.0': 1592,
    'open_clip_torch==3.3.0': 1547,
    'setuptools==81.0.0': 1062,  # mmengine needs pkg_resources, which 82 no longer has
    'wcwidth': 786,
    'yapf': 256,
    'platformdirs': 94,
    'ftfy': 45,
    'mat4py': 13,
    'termcolor': 8,
    'model-index': 34,
    'importlib_metadata': 34,
    'ordered-set': 8,
    'addict': 4,
}
# What machines with torch often have.
COMMON = {
    'opencv-python-headless': 61204,
    'matplotlib': 9860,
    'fonttools': 5443,
    'timm': 2799,
    'kiwisolver': 1478,
    'pygments': 1250,
    'hypothesis': 1170,
    'huggingface_hub': 857,
    'pyyaml': 849,
    'regex': 809,
    'safetensors': 516,
    'pytest': 412,
    'contourpy': 383,
    'rich': 311,
    'packaging': 140,
    'pyparsing': 126,
    'markdown-it-py': 97,
    'python-dateutil': 93,
    'tqdm': 80,
    'einops': 66,
    'sortedcontainers': 30,
    'pluggy': 27,
    'click': 126,
    'markdown': 117,
    'zipp': 11,
    'six': 11,
    'mdurl': 10,
    'cycler': 8,
    'iniconfig': 8,
}
_DOWNLOAD = (
    'python -m pip download --no-deps --only-binary=:all: --python-version 3.12 '
    '--platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 -d wheels '
)
_INSTALL = (
    'python -m pip install --no-index --no-deps --target site wheels/*.whl && '
    'export PYTHONPATH=$PWD/site'
)


def describe() -> str:
    """Return both sets with their sizes, and the commands that fetch and install."""
    lines = []
    for title, wheels in (
        ('Beside torch and torchvision the sections marked "all" need', BASE),
        ('and, where they are not there yet,', COMMON),
    ):
        lines += [f'{title} ({sum(wheels.values()) / 1024:.1f} MiB):']
        lines += [f'  {name:24} {size / 1024:6.2f} MiB' for name, size in wheels.items()]
    return '\n'.join([*lines, '', f'{_DOWNLOAD}{" ".join(BASE)}', _INSTALL])
