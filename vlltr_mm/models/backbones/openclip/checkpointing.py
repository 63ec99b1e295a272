"""Gradient checkpointing for CLIP's ResNet."""

from contextlib import contextmanager, nullcontext

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint


@contextmanager
def _statistics_kept(stage: nn.Module):
    """Count no batch a second time in BatchNorm's running statistics."""
    # .data: autograd must not take this for a change of what it saved.
    kept = [
        (buffer.data, buffer.clone())
        for module in stage.modules()
        if isinstance(module, _BatchNorm)
        for buffer in module.buffers()
    ]
    try:
        yield
    finally:
        for data, before in kept:
            data.copy_(before)


def checkpointed_forward(resnet: nn.Module, inputs: Tensor) -> Tensor:
    """Run a ModifiedResNet, keeping only what passes between its stages.

    Outputs, gradients and running statistics are those of the plain forward.

    Args:
        resnet (nn.Module): open_clip's ModifiedResNet.
        inputs (Tensor): (N, 3, H, W).

    Returns:
        Tensor: (N, D).
    """
    x = resnet.stem(inputs)
    for stage in (resnet.layer1, resnet.layer2, resnet.layer3, resnet.layer4):
        x = checkpoint(
            stage,
            x,
            use_reentrant=False,
            context_fn=lambda stage=stage: (nullcontext(), _statistics_kept(stage)),
        )
    return resnet.attnpool(x)
