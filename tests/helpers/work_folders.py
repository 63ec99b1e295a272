"""A checkout of two configs and finished work folders of them, in a folder."""

from pathlib import Path

from analysis_tools._results import Metafile

STAGE1 = "work_dir = 'work_dirs/stage1'\ntrain_cfg = dict(max_epochs=3)\n"
STAGE2 = """
work_dir = 'work_dirs/stage2'
pretrain_config = 'stage1.py'
pretrain_work_dir = 'work_dirs/stage1'
train_cfg = dict(max_epochs=2)
train_dataloader = dict(batch_size=8, dataset=dict(data_root='data'))
model = dict(anchors='work_dirs/stage1/anchors.safetensors')
"""
LOG = """
    GPU 0,1,2,3: NVIDIA A100-SXM4-80GB
    seed: 7
    GPU number: 8
2026/12/31 23:30:00 - mmengine - INFO - Epoch(train) [1][1/5]
2027/01/01 01:00:00 - mmengine - INFO - Epoch(val) [2][1/1]
"""
METAFILE = """Models:
- {Name: stage1, In Collection: x, Config: configs/stage1.py, Metadata: {}}
- {Name: stage2, In Collection: x, Config: configs/stage2.py, Metadata: {}}
"""


def write_checkout(root):
    """Write configs and metafile; return the metafile."""
    (root / 'configs').mkdir(parents=True)
    (root / 'configs' / 'stage1.py').write_text(STAGE1)
    (root / 'configs' / 'stage2.py').write_text(STAGE2)
    (root / 'configs' / 'metafile.yml').write_text(METAFILE)
    return Metafile(root / 'configs' / 'metafile.yml')


def write_work_folder(folder, text, log=LOG):
    """Write what a runner leaves of a config; return the folder as text."""
    folder = Path(folder)
    (folder / '20261231_233000').mkdir(parents=True)
    (folder / '20261231_233000' / '20261231_233000.log').write_text(log)
    (folder / f'{folder.name}.py').write_text(text)
    (folder / 'epoch_2.pth').write_bytes(b'weights')
    (folder / 'last_checkpoint').write_text(f'/elsewhere/{folder.name}/epoch_2.pth')
    return str(folder)
