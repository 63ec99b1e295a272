"""A run of a fraction of a second: four epochs of a line through twelve points."""

import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)
        self.norm = nn.BatchNorm1d(1)

    def forward(self, x, y, mode='tensor'):
        out = self.norm(self.linear(x))
        return dict(loss=(out - y).square().mean()) if mode == 'loss' else out


class Mean(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results += [float(v) for v in data_samples]

    def compute_metrics(self, results):
        return dict(mean=sum(results) / len(results))


def make_runner(work_dir, metric=Mean, checkpoint=None, **kwargs):
    torch.manual_seed(0)
    data = [(torch.tensor([float(i)]), torch.tensor([i % 3.0])) for i in range(12)]
    loader = dict(
        batch_size=4,
        dataset=data,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate'),
    )
    return Runner(
        model=Line(),
        work_dir=str(work_dir),
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=4),
        val_cfg=dict(),
        test_cfg=dict(),
        val_evaluator=Evaluator(metric()),
        test_evaluator=Evaluator(metric()),
        optim_wrapper=dict(optimizer=dict(type='AdamW', lr=0.01)),
        param_scheduler=[
            dict(
                type='LinearLR', start_factor=0.1, end=2, by_epoch=True, convert_to_iter_based=True
            ),
            dict(type='CosineAnnealingLR', T_max=4),
        ],
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            checkpoint=checkpoint
            or dict(type='CheckpointHook', interval=1, save_best='mean', rule='greater'),
        ),
        cfg=Config(dict(a=1)),
        experiment_name=str(work_dir).replace('/', '_'),
        default_scope='mmpretrain',
        log_level='WARNING',
        **kwargs,
    )
