"""Tests of a head on the tiny data, with a runner as a user has it."""

import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, MODELS
from tiny_runs import write_tiny_runs


def head_config(root, head, hooks=(), load_from=None):
    """Write the data where it is missing; give the config of a head on it."""
    path = root / 'stage2.py'
    if not path.exists():
        write_tiny_runs(root)
    cfg = Config.fromfile(str(path))
    cfg.model.backbone.pretrained = None
    cfg.model.head = head
    cfg.work_dir = str(root / 'work')
    cfg.custom_hooks = list(hooks)
    cfg.load_from = load_from
    return cfg


def head_runner(*args, **kwargs):
    """Build the runner of ``head_config``."""
    return Runner.from_cfg(head_config(*args, **kwargs))


def image_config(root, split):
    """Return the config of one of the lists, with the evaluation pipeline."""
    return dict(
        type='ImageNetLT',
        data_root=str(root / 'data'),
        split=split,
        pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')],
    )


def write_linear(root, seed=3):
    """Write the checkpoint of a run with a linear head on a tower of no
    pattern, whose norms follow the number of images."""
    head = dict(type='LinearClsHead', num_classes=4, in_channels=16)
    cfg = head_config(root, head)
    init_default_scope('mmpretrain')
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
        for tensor in model.backbone.parameters():
            tensor.data += 0.05 * torch.randn_like(tensor)
    feats, labels = embed(model, DATASETS.build(image_config(root, 'train')))
    means = torch.stack([feats[labels == c].mean(dim=0) for c in range(4)])
    # The way of each class, without what all images share: no bias needed.
    center = means.mean(dim=0)
    weight = means - center
    weight = weight - (weight @ center / center.dot(center)).outer(center)
    weight = F.normalize(weight, dim=1)
    weight *= torch.tensor([[20.0], [5.0], [1.0], [0.1]])
    model.head.fc.weight.data.copy_(weight)
    path = root / 'linear.pth'
    torch.save(dict(meta={}, state_dict=model.state_dict()), path)
    return str(path)


@torch.no_grad()
def embed(model, dataset):
    """Return features (N, D) and labels of a data set, one by one."""
    model.eval()
    feats, labels = [], []
    for index in range(len(dataset)):
        sample = dataset[index]
        data = model.data_preprocessor(
            dict(inputs=[sample['inputs']], data_samples=[sample['data_samples']]), False
        )
        feats.append(model.extract_feat(data['inputs'])[-1])
        labels.append(int(sample['data_samples'].gt_label))
    return torch.cat(feats), torch.tensor(labels)
