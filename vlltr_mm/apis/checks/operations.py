"""How many operations a model takes for an image, counted without computing any."""

from collections.abc import Callable, Iterator

import torch
from mmengine.config import Config
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

from ...models import CVLP, AnchorHead

_BATCH = 2  # batch norm needs two


def count_operations(model: nn.Module, cfg: Config, trains: bool) -> tuple[dict[str, int], int]:
    """Count the operations of a model for one image, and one sentence of full length.

    A model with ``training_features`` is trained with two images or views of
    one for each, and one with ``build_teacher`` beside a teacher.

    Args:
        model (nn.Module): without values (meta device), in training mode; its
            head is none after that.
        cfg (Config): its config.
        trains (bool): whether it is trained.

    Returns:
        tuple[dict[str, int], int]: of each part's forward pass; and of forward
        and backward together, 0 where nothing is trained.
    """
    if isinstance(model, CVLP):
        return _stage1_operations(model, cfg, trains)
    inputs = torch.zeros(_BATCH, 3, *_input_size(model, cfg), device='meta')
    parts, backward = {}, 0
    head = getattr(model, 'head', None)
    if isinstance(getattr(model, 'backbone', None), nn.Identity):  # stored features
        feats = (torch.zeros(_BATCH, cfg.model.head.get('in_channels', 0), device='meta'),)
    else:
        (feats, others), parts['image tower'] = _counted(lambda: _features(model, inputs, trains))
        backward += _backward((*feats, *others))
    if head is not None and trains:  # others have no numbers of their own yet
        parts['head'], more = _head_operations(head, feats)
        backward += more
    if trains and hasattr(model, 'build_teacher'):
        parts['teacher'] = _teacher_operations(model.teacher, inputs)
    return parts, sum(parts.values()) + backward if trains else 0


def _features(model: nn.Module, inputs: Tensor, trains: bool) -> tuple[tuple, tuple]:
    """Return what the head takes, and what else has a gradient."""
    if trains and hasattr(model, 'training_features'):
        return model.training_features(inputs)
    feats = model.extract_feat(inputs)
    return feats if isinstance(feats, (tuple, list)) else (feats,), ()


def _teacher_operations(teacher: nn.Module, inputs: Tensor) -> int:
    """Return those of a teacher's forward pass."""
    feats, tower = _counted(lambda: _features(teacher, inputs, trains=False)[0])
    return tower + _head_operations(teacher.head, feats)[0]


def _head_operations(head: nn.Module, feats: tuple[Tensor, ...]) -> tuple[int, int]:
    """Return those of a head, forward and backward; its kernels ask for a real device."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        head.to_empty(device='cpu')
        if isinstance(head, AnchorHead):
            head._has_anchors = True  # of whatever numbers
        own = tuple(
            torch.zeros(f.shape, device='cpu').requires_grad_(f.requires_grad) for f in feats
        )
        outputs, forward = _counted(lambda: head(own))
        return forward, _backward(outputs if isinstance(outputs, (tuple, list)) else (outputs,))


def _stage1_operations(model: CVLP, cfg: Config, trains: bool) -> tuple[dict[str, int], int]:
    """Return those of both towers, and of a teacher."""
    vision, text = model.vision_backbone, model.text_backbone
    images = torch.zeros(_BATCH, 3, *_input_size(model, cfg), device='meta')
    context = getattr(getattr(text, 'tower', None), 'context_length', 77)
    tokens = torch.ones(_BATCH, context, dtype=torch.long, device='meta')
    parts, backward = {}, 0
    for name, tower, inputs in (('image tower', vision, images), ('text tower', text, tokens)):
        feats, parts[name] = _counted(lambda tower=tower, inputs=inputs: tower(inputs))
        backward += _backward(feats)
    again = 0
    batch = (cfg.get('train_dataloader') or {}).get('batch_size', 1)
    if model.chunk_size and model.chunk_size < batch:
        again = sum(parts.values())
    if model.teacher is not None:
        looked_up = any(
            hook['type'] == 'TeacherTextBankHook' for hook in cfg.get('custom_hooks') or []
        )
        parts['teacher'] = parts['image tower'] + (0 if looked_up else parts['text tower'])
    return parts, sum(parts.values()) + backward + again if trains else 0


def _counted(run: Callable) -> tuple:
    """Return what a function returns, and its operations for one image."""
    own = {torch.ops.aten.convolution_backward: _convolution_backward}
    with FlopCounterMode(display=False, custom_mapping=own) as counter:
        result = run()
    return result, counter.get_total_flops() // _BATCH


def _convolution_backward(gradient, inputs, weight, *settings, **_) -> int:
    """Count as often as the forward pass what is asked for: gradients of inputs and weights.

    torch's own formula takes each group of a grouped convolution for a whole one.
    """
    transposed, mask = settings[4], settings[-1]
    return conv_flop_count(inputs, weight, gradient, transposed=transposed) * sum(mask[:2])


def _backward(outputs: tuple[Tensor, ...]) -> int:
    """Return the operations of the gradient of outputs; 0 where nothing is trained."""
    total = sum(o.float().sum() for o in outputs if o.requires_grad)
    return _counted(total.backward)[1] if isinstance(total, Tensor) else 0


def _steps(part) -> Iterator[dict]:
    """Yield the transforms of a pipeline, and those inside of a ``MultiView`` and the like."""
    if isinstance(part, dict):
        yield part
        yield from _steps(part.get('transforms'))
    elif isinstance(part, (list, tuple)):
        for inner in part:
            yield from _steps(inner)


def _input_size(model: nn.Module, cfg: Config) -> tuple[int, int]:
    """Return the height and width of a training image."""
    tower = getattr(model, 'vision_backbone', None) or getattr(model, 'backbone', None)
    size = getattr(tower, 'img_size', None)
    loader = cfg.get('train_dataloader') or cfg.get('test_dataloader') or {}
    dataset = loader.get('dataset') or {}
    pipeline = dataset.get('pipeline') or (dataset.get('dataset') or {}).get('pipeline') or []
    for step in _steps(pipeline):
        size = size or (step.get('crop_size') or step.get('scale') if 'Crop' in step.type else None)
    size = size or 224
    return (size, size) if isinstance(size, int) else tuple(size)
