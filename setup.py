"""Puts configs, tools and model index into the wheel; the rest is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithConfigs(build_py):
    """Copies what MIM looks for to ``vlltr_mm/.mim``, as MMPretrain's wheel has it."""

    def run(self):
        """Copy the package, then the folders."""
        super().run()
        if self.editable_mode:
            return
        mim = Path(self.build_lib) / 'vlltr_mm' / '.mim'
        shutil.rmtree(mim, ignore_errors=True)  # of a build before
        for folder in ('configs', 'tools'):
            skipped = shutil.ignore_patterns('__pycache__', 'benchmarks')
            shutil.copytree(ROOT / folder, mim / folder, ignore=skipped)
        shutil.copy(ROOT / 'model-index.yml', mim)


setup(cmdclass=dict(build_py=BuildWithConfigs))
