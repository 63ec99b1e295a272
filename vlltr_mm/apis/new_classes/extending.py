"""A finished model with more classes, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from mmengine.config import Config
from torch import Tensor, nn

from ...engine.text_tower import TextEncoder
from ...models import AdditiveLGRHead, LGRHead
from ...models.heads.anchor_record import RECORD_KEYS
from ...utils.model import build_model
from ...utils.warn_once import warn_once

_HEADS = (LGRHead, AdditiveLGRHead)
_PRIOR = 'head.text_prior.log_prior'


@dataclass(frozen=True)
class EmbeddedClasses:
    """K new classes with their anchors.

    names: K. sentences: of the anchors of each, at most M. feats: (K, M, D),
    raw text embeddings, 0 where padded. mask: (K, M) bool, True = real.
    """

    names: list[str]
    sentences: list[list[str]]
    feats: Tensor
    mask: Tensor


def check_head(head: nn.Module):
    """Refuse a head whose score cannot be extended by text.

    Raises:
        ValueError: naming it.
    """
    if not isinstance(head, _HEADS):
        raise ValueError(
            f'The head is {type(head).__name__}; classes can be added by text to '
            f'{" and ".join(kind.__name__ for kind in _HEADS)}, which score by anchor sentences.'
        )


def embed_classes(
    encoder: TextEncoder, classes: Mapping[str, Sequence[str]], num_anchors: int
) -> EmbeddedClasses:
    """Embed the sentences of new classes.

    Without images no L_lin can rank sentences: of more than M the first M are
    taken, and a warning says so.

    Args:
        encoder (TextEncoder): see ``load_text_encoder``.
        classes (Mapping[str, Sequence[str]]): see ``check_new_classes``.
        num_anchors (int): M of the head.
    """
    cut = {name: len(own) for name, own in classes.items() if len(own) > num_anchors}
    if cut:
        name, number = next(iter(cut.items()))
        warn_once(
            f"'{name}' has {number} sentences, and the head up to {num_anchors} a class: "
            f'the first {num_anchors} are taken ({len(cut)} of {len(classes)} classes have more).'
        )
    sentences = [list(own)[:num_anchors] for own in classes.values()]
    found = encoder([sentence for own in sentences for sentence in own])
    feats = found.new_zeros(len(sentences), num_anchors, found.shape[1])
    mask = torch.zeros(feats.shape[:2], dtype=torch.bool)
    for row, part in enumerate(found.split([len(own) for own in sentences])):
        feats[row, : len(part)] = part
        mask[row, : len(part)] = True
    return EmbeddedClasses(list(classes), sentences, feats, mask)


def extend_model(
    cfg: Config, model: nn.Module, added: EmbeddedClasses, offset: float = 0.0
) -> tuple[Config, nn.Module]:
    """Build a model that has new classes behind those of another.

    Nothing of the old classes changes but their number. Where the text has a
    prior q of its own, a new class gets the mean of log q over the trained
    ones.

    Args:
        cfg (Config): of the model; not changed.
        model (nn.Module): a finished classifier; not changed.
        added (EmbeddedClasses): K new classes.
        offset (float): γ, added to the language logits of the new ones.
            Defaults to 0.0.

    Returns:
        tuple[Config, nn.Module]: the config of the new model, and the model
        in eval mode, on the CPU.

    Raises:
        ValueError: if the head cannot be extended, or the embeddings are of
            another width.
    """
    check_head(model.head)
    extended = Config(cfg.to_dict(), filename=cfg.filename)
    merge = extended_settings(cfg, model.head, len(added.names))
    extended.merge_from_dict(merge)
    built = build_model(extended)
    built.load_state_dict(_extended_state(model, added, offset))
    return extended, built.eval()


def extended_settings(cfg: Config, head: nn.Module, number: int) -> dict:
    """Return what a config needs so that its model has ``number`` more classes."""
    settings = dict(
        num_classes=head.num_classes + number,
        num_text_classes=head.num_text_classes + number,
        anchors=None,  # those of the checkpoint
    )
    if cfg.model.head.get('text_prior') is not None:
        settings['text_prior'] = None
    changed = dict(model=dict(head=settings))
    for owner in (cfg, cfg.model):
        if (owner.get('data_preprocessor') or {}).get('num_classes') is not None:
            part = dict(data_preprocessor=dict(num_classes=settings['num_classes']))
            (changed if owner is cfg else changed['model']).update(part)
    return changed


def _extended_state(model: nn.Module, added: EmbeddedClasses, offset: float) -> dict[str, Tensor]:
    """Return the state dict with the anchors, the prior and the record of more classes."""
    head, state = model.head, {key: value.cpu() for key, value in model.state_dict().items()}
    anchors = state['head.anchor_feats']
    if added.feats.shape[1:] != anchors.shape[1:]:
        raise ValueError(
            f'The new anchors are {tuple(added.feats.shape)}, those of the head '
            f'{tuple(anchors.shape)} (classes, anchors, width); give the text tower that the '
            'anchors come from.'
        )
    mask = state['head.anchor_mask']
    state['head.anchor_feats'] = torch.cat([anchors, added.feats.to(anchors.dtype)])
    state['head.anchor_mask'] = torch.cat([mask, added.mask])
    if _PRIOR in state or offset:
        prior = head.text_prior.log_prior.detach().cpu()
        trained = prior[: head.num_classes - head.num_text_classes]
        state[_PRIOR] = torch.cat([prior, (trained.mean() - offset).expand(len(added.names))])
    if head.anchor_record is not None:
        record = head.anchor_record.extended(added.names, added.sentences, mask)
        for key in RECORD_KEYS:
            state.pop(f'head.{key}', None)
        record.write(state, 'head.')
    return state
