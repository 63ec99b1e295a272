"""Stage 1 on towers of a few numbers."""

import torch
from mmengine.model import BaseModule
from mmpretrain.structures import DataSample
from torch import nn

from vlltr_mm.models import CVLP

END = 9


class Vision(BaseModule):
    """A linear map of the mean colour."""

    embed_dims = 4
    pretrained_logit_scale = None

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(3, 4)

    def forward(self, x):
        return (self.proj(x.mean(dim=(2, 3))),)


class Text(BaseModule):
    """The mean of the embeddings of a text's tokens."""

    embed_dims = 4
    pretrained_logit_scale = None

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(END + 1, 4, padding_idx=0)

    def forward(self, tokens):
        return (self.embedding(tokens).sum(dim=1),)


def make_model(**kwargs):
    torch.manual_seed(0)
    return CVLP(Vision(), Text(), **kwargs)


def make_batch():
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(6, 3, 2, 2, generator=generator)
    samples = []
    for index, label in enumerate([0, 1, 0, 2, 1, 0]):
        tokens = torch.tensor([1, *range(2, 3 + index % 3), END])
        sample = DataSample().set_gt_label(label)
        sample.set_field(tokens, 'text_tokens')
        samples.append(sample)
    return inputs, samples


def drift(model):
    """Move the student away from its teacher."""
    with torch.no_grad():
        for number, parameter in enumerate(model.vision_backbone.parameters()):
            parameter.add_(0.1 * (number + 1))
