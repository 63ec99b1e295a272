"""Installs the package, and nothing over an existing MM base stack."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def requirements(name):
    """List the requirements of a file, without its comments."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def version():
    """Read the version without importing the package."""
    scope = {}
    exec((ROOT / 'vlltr_mm' / 'version.py').read_text(), scope)
    return scope['__version__']


setup(
    name='vlltr_mm',
    version=version(),
    description='VL-LTR for MMPretrain: long-tailed recognition with language',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['vlltr_mm', 'vlltr_mm.*']),
    python_requires='>=3.9',
    install_requires=requirements('runtime'),
    extras_require=dict(mm=requirements('mminstall'), tests=requirements('tests')),
)
