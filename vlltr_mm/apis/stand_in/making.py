"""Put both halves of a stand-in for CLIP together."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...datasets import TextCorpus
from ...datasets.corpus.clip_tokens import imagenet_classes
from ...models import OpenCLIPTextBackbone
from ...structures.tensor_file import save_tensors
from ...utils.logit_scale import check_log_scale
from ...utils.validation import check_number
from ...version import __version__
from .image_side import joint_space, read_classifier
from .text_side import count_tokens, solve_token_vectors, write_token_vectors


@dataclass(frozen=True)
class StandIn:
    """What a stand-in is made of, and the ``arch`` that its towers are built by.

    Args:
        model_name (str): timm's name of the classifier.
        embed_dims (int): D.
        text_width (int): W of the text tower.
        ridge (float): see ``solve_token_vectors``.
        scale (float): the plain scale s of the checkpoint.
    """

    model_name: str = 'tf_efficientnet_lite0'
    embed_dims: int = 512
    text_width: int = 512
    ridge: float = 1.0
    scale: float = 20.0

    @property
    def arch(self) -> dict:
        """The ``arch`` of both towers."""
        return dict(
            embed_dim=self.embed_dims,
            vision_cfg=dict(timm_model_name=self.model_name, timm_pool='avg', timm_proj='linear'),
            text_cfg=dict(
                context_length=77, vocab_size=49408, width=self.text_width, heads=8, layers=1
            ),
            quick_gelu=False,
        )


def make_stand_in_clip(
    weights: str,
    target: str,
    texts: Sequence[str] = (),
    classes: Sequence[str] | None = None,
    settings: StandIn | None = None,
) -> TextCorpus:
    """Make a CLIP of an image classifier and sentences of its classes; no image is needed.

    The image tower is the classifier without its last layer, whose rows say
    where its classes lie. The text tower is solved so that the classes'
    sentences lie there too: a bag of words, in the form of a CLIP text tower
    of one layer, which later stages can train.

    Args:
        weights (str): the classifier's file, see ``read_classifier``.
        target (str): the ``.safetensors`` to write, which both towers load
            by ``pretrained``.
        texts (Sequence[str]): files of ``JsonDescriptions`` for these classes,
            beside CLIP's prompts. Defaults to none.
        classes (Sequence[str], optional): the names of the classifier's
            classes. Defaults to None, CLIP's of ImageNet.
        settings (StandIn, optional): Defaults to None, the defaults.

    Returns:
        TextCorpus: the sentences that it was solved from.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if weights, names and text do not belong together.
    """
    settings = settings or StandIn()
    ridge = check_number(settings.ridge, 'ridge', 1e-6)
    scale = check_log_scale(float(torch.tensor(settings.scale).log()), 'log of scale')
    classifier = read_classifier(settings.model_name, weights)
    classes = list(classes or imagenet_classes())
    if len(classes) != len(classifier.rows):
        raise ValueError(
            f'There are {len(classes)} class names, but the classifier of {weights} has '
            f'{len(classifier.rows)} classes; name each of them, in its order.'
        )
    projection, places = joint_space(classifier.rows, settings.embed_dims)
    corpus = TextCorpus(
        classes,
        [
            dict(type='PromptTemplates'),
            *(dict(type='JsonDescriptions', path=path) for path in texts),
        ],
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)  # what the solution leaves to chance: keys and the MLP's first half
        text = OpenCLIPTextBackbone(settings.arch).text
    ids, counts = count_tokens(corpus)
    write_token_vectors(text, ids, solve_token_vectors(counts, places, ridge))
    state = {f'visual.trunk.{key}': value for key, value in classifier.trunk.items()}
    state['visual.head.proj.weight'] = projection
    state.update(text.state_dict(), logit_scale=torch.tensor(scale))
    save_tensors(target, state, dict(vlltr_mm_version=__version__, arch=settings.arch))
    return corpus
