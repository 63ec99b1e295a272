"""What a finished work folder tells about its run."""

import hashlib
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Optional

from mmengine.config import Config
from mmengine.runner.checkpoint import find_latest_checkpoint

from vlltr_mm.apis.running.stages import is_training_free
from vlltr_mm.version import __version__

_STAMP = re.compile(r'^(?:(\d{4})/)?(\d\d/\d\d \d\d:\d\d:\d\d) - mmengine', re.M)
_OURS = ('vlltr_mm', 'tools', 'configs', ':(exclude)configs/metafile.yml', ':(exclude)*.md')


@dataclass(frozen=True)
class WorkFolder:
    """A folder that a runner has written.

    config: the dumped config. checkpoint: what is to be tested, None where
    nothing is trained. before: the folder of the stage before, where it is
    there.
    """

    path: Path
    config: Path
    cfg: Config
    checkpoint: Path | None = None
    before: Optional['WorkFolder'] = None

    @property
    def name(self) -> str:
        """The name of the config."""
        return self.config.stem

    @property
    def stages(self) -> list['WorkFolder']:
        """This folder and those before it, earliest first."""
        return [*(self.before.stages if self.before else []), self]

    @property
    def logs(self) -> list[Path]:
        """The runner's logs, oldest first."""
        return sorted(self.path.glob('*/*.log'))

    @property
    def seed(self) -> int | None:
        """The seed, of the config or else of the last log."""
        seed = self.cfg.get('randomness', {}).get('seed')
        return self._last(r'^ +seed: (\d+)$', int) if seed is None else seed

    @property
    def hardware(self) -> str | None:
        """Processes and device, such as '8 x NVIDIA A100-SXM4-80GB'."""
        device = self._last(r'^ +GPU [\d,]+: (.+)$', str) or 'CPU'
        processes = self._last(r'^ +GPU number: (\d+)$', int)
        return processes and f'{processes} x {device}'

    @property
    def hours(self) -> float | None:
        """How long it was trained; of a run that was cut off, all its parts."""
        hours = [_hours(log) for log in self.logs if '(train)' in log.read_text(errors='replace')]
        return round(sum(hours), 3) if hours else None

    def _last(self, pattern: str, kind):
        """Find something in the last log that has it."""
        for log in reversed(self.logs):
            found = re.search(pattern, log.read_text(errors='replace'), re.M)
            if found:
                return kind(found[1].strip())
        return None


def _hours(log: Path) -> float:
    """Measure a log from its first to its last line."""
    year = log.stem[:4] if log.stem[:4].isdigit() else '1900'
    stamps = [
        datetime.strptime(f'{found[1] or year}/{found[2]}', '%Y/%m/%d %H:%M:%S')
        for found in _STAMP.finditer(log.read_text(errors='replace'))
    ]
    seconds = (stamps[-1] - stamps[0]).total_seconds() if stamps else 0
    return (seconds % (365 * 86400)) / 3600  # over New Year


def open_work_folder(
    path: str, config: str | None = None, checkpoint: str | None = None
) -> WorkFolder:
    """Look at a finished work folder.

    Args:
        path (str): the folder.
        config (str, optional): the name of its config, where configs of
            several lie in it. Defaults to None.
        checkpoint (str, optional): what is to be tested. Defaults to None, the
            last checkpoint.

    Returns:
        WorkFolder: with those before it.

    Raises:
        FileNotFoundError: if it is no work folder, or has no checkpoint.
        ValueError: if it has several configs and none is named.
    """
    folder = Path(path)
    found = sorted(folder.glob('*.py')) if config is None else [folder / f'{Path(config).stem}.py']
    if not found or not found[0].is_file():
        raise FileNotFoundError(
            f'{path} has no {found[0].name if found else "config (*.py)"}; give the work folder '
            'of a finished run, where the runner left its config, or a config to run.'
        )
    if len(found) > 1:
        raise ValueError(
            f'{path} has the configs {[file.name for file in found]}; say with --config which '
            'one is meant.'
        )
    cfg = Config.fromfile(str(found[0]))
    if not is_training_free(cfg):
        checkpoint = checkpoint or find_latest_checkpoint(str(folder))
        checkpoint = checkpoint and _here(folder, checkpoint)
        if not checkpoint or not checkpoint.is_file():
            raise FileNotFoundError(
                f'{path} has no checkpoint to test (found: {checkpoint}); finish the run, or name '
                'the file with --checkpoint.'
            )
    before = cfg.get('pretrain_work_dir')
    before = before and Path(before)
    if before and (before / 'last_checkpoint').is_file():
        return WorkFolder(folder, found[0], cfg, checkpoint, open_work_folder(str(before)))
    return WorkFolder(folder, found[0], cfg, checkpoint or None)


def _here(folder: Path, checkpoint: str) -> Path:
    """Find a checkpoint of a folder that may have been moved since."""
    given = Path(checkpoint)
    return given if given.is_file() else folder / given.name


def describe_file(path: Path) -> dict[str, object]:
    """Return name, size and SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(1 << 20), b''):
            digest.update(block)
    return dict(File=path.name, Bytes=path.stat().st_size, SHA256=digest.hexdigest())


def current_commit(root: Path, trained: float | None = None) -> str:
    """Return the commit of a checkout.

    Args:
        root (Path): the checkout.
        trained (float, optional): when the run ended, in seconds since 1970.
            Defaults to None, now.

    Returns:
        str: such as 'b342510'; 'b342510-dirty' where code or a config has
        changed since; the version of the package where there is no git.

    Raises:
        ValueError: if the commit is younger than the run.
    """

    def git(*args: str) -> str:
        command = ['git', '-C', str(root), *args]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()

    try:
        if Path(git('rev-parse', '--show-toplevel')) != root.resolve():
            return f'v{__version__}'
        commit, made = git('log', '-1', '--format=%h %ct').split()
        # The headers that we fill in ourselves do not count.
        changed = git('diff', 'HEAD', '-I^# (Paper|Ours)', '--', *_OURS)
    except (OSError, subprocess.CalledProcessError):
        return f'v{__version__}'
    if trained is not None and int(made) > trained:
        raise ValueError(
            f'The run ended at {datetime.fromtimestamp(trained):%Y-%m-%d %H:%M}, before the commit '
            f'{commit} ({datetime.fromtimestamp(int(made)):%Y-%m-%d %H:%M}) that is checked out; '
            'say with --commit what it was run with.'
        )
    return f'{commit}-dirty' if changed else commit
