"""Configs of a comparison, with fakes for training and testing them."""

from pathlib import Path

import numpy as np
from tiny_runs import COUNTS, write_data

from vlltr_mm.apis import load_config
from vlltr_mm.apis.comparison import row_names
from vlltr_mm.apis.comparison import run as comparison
from vlltr_mm.apis.running import stage_outputs
from vlltr_mm.evaluation import ClassSplitAccuracy
from vlltr_mm.utils.files import write_csv

_TEST = """
default_scope = 'mmpretrain'
test_dataloader = dict(num_workers=0, dataset=dict(
    type='ImageNetLT', data_root='{root}/data', split='test', pipeline=[],
    serialize_data=False))
test_evaluator = dict(type='ClassSplitAccuracy', thresholds=(5, 20))
randomness = dict(seed=0)
"""
CONFIGS = dict(
    clip="""
starting_point = True
work_dir = '{root}/clip'
train_cfg = dict(max_epochs=100)
model = dict(type='CLIP')
""",
    stage1="""
work_dir = '{root}/own/stage1'
pretrain_config = 'clip.py'
pretrain_work_dir = '{root}/clip'
train_cfg = dict(max_epochs=7)
model = dict(type='CVLP', weights='{root}/clip/epoch_100.pth')
""",
    first=_TEST
    + """
row_name = 'First'
pretrain_config = 'stage1.py'
pretrain_work_dir = '{root}/own/stage1'
train_cfg = dict(max_epochs=3)
model = dict(weights='{root}/own/stage1/epoch_7.pth')
""",
    second=_TEST
    + """
pretrain_config = 'stage1.py'
pretrain_work_dir = '{root}/own/stage1'
train_cfg = dict(max_epochs=4)
model = dict(weights='{root}/own/stage1/epoch_7.pth')
""",
    plain=_TEST
    + """
train_cfg = dict(max_epochs=5)
model = dict(type='Plain', width=8)
""",
    free=_TEST
    + """
pretrain_config = 'clip.py'
pretrain_work_dir = '{root}/clip'
train_cfg = None
model = dict(weights='{root}/clip/epoch_100.pth')
""",
)
LABELS = np.repeat(np.arange(4), 3)


def write_configs(root):
    """Write data and configs; return name → path."""
    write_data(root / 'data')
    for name, text in CONFIGS.items():
        (root / f'{name}.py').write_text(text.format(root=root))
    return {name: str(root / f'{name}.py') for name in CONFIGS}


def edit(path, old, new):
    """Replace a part of a config."""
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def rows(fake, *names):
    """Return row name → config of some configs."""
    return row_names([fake.paths[name] for name in names])


class FakeRuns:
    """Configs, with what stands for ``train`` and ``test`` and keeps what they were asked.

    paths: name → config. rows: those that are tested. root: of the runs.
    trained: (stem, folder) in order. checkpoints: what was tested. failing:
    stems of configs whose training fails.
    """

    def __init__(self, folder, monkeypatch):
        self.paths, self.root = write_configs(folder), str(folder / 'runs')
        self.rows = rows(self, 'first', 'second', 'plain', 'free')
        (folder / 'clip').mkdir()
        (folder / 'clip/epoch_100.pth').touch()
        self.trained, self.options, self.checkpoints = [], [], []
        self.failing, self.evaluators = set(), []
        monkeypatch.setattr(comparison, 'train', self.train)
        monkeypatch.setattr(comparison, 'test', self.test)

    def train(self, path, options):
        cfg = load_config(path, options)
        stem = Path(path).stem
        if cfg.train_cfg is None:
            return
        self.trained.append((stem, cfg.work_dir))
        self.options.append(options)
        if stem in self.failing:
            raise RuntimeError(f'{stem} exploded')
        Path(cfg.work_dir).mkdir(parents=True, exist_ok=True)
        checkpoint = Path(stage_outputs(cfg)[0])
        checkpoint.touch()
        Path(cfg.work_dir, 'last_checkpoint').write_text(str(checkpoint))

    def test(self, path, checkpoint, options):
        cfg = load_config(path, options)
        self.checkpoints.append(checkpoint)
        self.evaluators.append(cfg.test_evaluator)
        wrong = cfg.randomness.seed % 3 + len(Path(path).stem) % 4
        predicted = LABELS.copy()
        predicted[:wrong] = 3
        write_csv(cfg.test_evaluator[-1].path, ('label', 'predicted'), zip(LABELS, predicted))
        metrics = ClassSplitAccuracy.calculate(predicted, LABELS, COUNTS, (5, 20))
        return {f'accuracy/{key}': value for key, value in metrics.items()}
