"""Does the exported model say what the model says?"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from mmengine.dataset import Compose
from torch import Tensor

from ..inference.images import evenly_spread, read_batches
from .graph import ExportedClassifier

_BATCH = 32
_TIE = 2e-4  # between two logits of the model, which rounding may turn round


@dataclass(frozen=True)
class Parity:
    """An exported model beside the model.

    images: how many were compared. difference: the largest of a logit, or of
    a score where no logits are exported. other_labels: images with another
    best class. ties: those whose other best class is, by the model's logits,
    within 2e-4 of the best: rounding decides there. rate, model_rate: images
    per second of the exported model and of the model, in the same process and
    batches of 32.
    """

    images: int
    difference: float
    other_labels: int
    ties: int
    rate: float
    model_rate: float


def read_inputs(images: Sequence[str], pipeline: Compose, num_images: int) -> Tensor:
    """Read evenly spread images as a pipeline prepares them, before normalisation.

    Args:
        images (Sequence[str]): paths.
        pipeline (Compose): the test pipeline.
        num_images (int): at most.

    Returns:
        Tensor: (N, 3, H, W) uint8.

    Raises:
        ValueError: if one cannot be read, or they differ in size.
    """
    chosen = [images[place] for place in evenly_spread(len(images), num_images)]
    inputs = []
    for _, samples, faults in read_batches(chosen, pipeline, _BATCH, 0):
        for path, fault in faults.items():
            raise ValueError(f"The image '{path}' cannot be used: {fault}. Leave it out.")
        inputs += [sample['inputs'] for sample in samples]
    sizes = {tuple(image.shape) for image in inputs}
    if len(sizes) != 1:
        raise ValueError(
            f'The test pipeline gives images of different sizes, such as {sorted(sizes)[:3]}; an '
            'exported model takes one size: end the pipeline with CenterCrop, or Resize to both '
            'edges.'
        )
    return torch.stack(inputs)


@torch.no_grad()
def compare(
    graph: ExportedClassifier, exported: Callable[[Tensor], list[Tensor]], inputs: Tensor
) -> Parity:
    """Run a model as it was trained, unfolded, and what was exported of it, on the same images.

    Args:
        graph (ExportedClassifier): what was exported.
        exported (Callable): prepared images → its outputs.
        inputs (Tensor): (N, 3, H, W) uint8, by ``read_inputs``.

    Returns:
        Parity: of all N images.
    """
    worst, others, ties, seconds = 0.0, 0, 0, [0.0, 0.0]
    for chunk in inputs.split(_BATCH):
        prepared = graph.prepared(chunk)
        start = time.perf_counter()
        data = graph.model.data_preprocessor(dict(inputs=list(chunk)))
        logits = graph.model.head(graph.model.extract_feat(data['inputs']))
        scores = logits.softmax(dim=1)
        middle = time.perf_counter()
        found = dict(zip(graph.outputs, exported(prepared)))
        seconds[0] += time.perf_counter() - middle
        seconds[1] += middle - start
        if graph.topk is None:
            pairs = [(found['logits'], logits), (found['scores'], scores)]
            best = found['logits'].argmax(dim=1)
        else:
            pairs = [(found['scores'], scores.gather(1, found['labels']))]
            best = found['labels'][:, 0]
        finite = [(ours - theirs).abs().nan_to_num(torch.inf) for ours, theirs in pairs]
        worst = max([worst, *(float(part.max()) for part in finite)])
        behind = logits.amax(dim=1) - logits.gather(1, best.unsqueeze(1)).squeeze(1)
        others += int((behind > _TIE).sum())
        ties += int(((behind > 0) & (behind <= _TIE)).sum())
    rates = [len(inputs) / max(spent, 1e-9) for spent in seconds]
    return Parity(len(inputs), worst, others, ties, *rates)
