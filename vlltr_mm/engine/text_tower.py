"""The text tower that the anchors of a head come from."""

from collections.abc import Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ..datasets.corpus.tokenizer import Tokenizer, build_tokenizer
from ..datasets.text_corpus_dataset import corpus_config
from ..models import AnchorHead
from ..models.file_backed import FileBacked
from ..models.multimodal.cvlp import pad_tokens
from ..utils.checkpoint import load_checkpoint_file
from ..utils.warn_once import warn_once
from ..utils.weights_digest import weights_digest
from .encoding import text_misfit
from .loading import check_finite, state_dict_of

_KEY = 'text_backbone'
_BATCH = 512


class TextEncoder:
    """Sentences → raw embeddings, as stage 1 makes them of a corpus.

    Args:
        tower (nn.Module): maps (N, L) tokens to ``((N, D),)``.
        tokenizer (Tokenizer): that of the tower.

    Raises:
        ValueError: if the tower reads other tokens.
    """

    def __init__(self, tower: nn.Module, tokenizer: Tokenizer):
        misfit = text_misfit(tower, tokenizer.rules)
        if misfit:
            raise ValueError(misfit)
        self.tower = tower.eval()
        self.tokenizer = tokenizer

    @torch.no_grad()
    def __call__(self, sentences: Sequence[str]) -> Tensor:
        """Encode S texts to (S, D) float32 on the CPU, not normalised."""
        device = next(self.tower.parameters()).device
        ids, lengths = self.tokenizer.encode(sentences)
        rows = torch.from_numpy(ids.astype(np.int64)).split(lengths.tolist())
        chunks = []
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            tokens = pad_tokens(part, self.tower, self.tokenizer.pad_id)
            chunks.append(self.tower(tokens.to(device))[-1].float().cpu())
        return torch.cat(chunks)


def find_tokenizer(cfg: Config) -> Tokenizer:
    """Build the tokenizer that a stage-1 config gives its corpus."""
    corpus = corpus_config((cfg.get('train_dataloader') or {}).get('dataset')) or {}
    return build_tokenizer(corpus.get('tokenizer'))


def load_text_encoder(cfg: Config, checkpoint: str, head: AnchorHead) -> TextEncoder:
    """Build the text tower of stage 1 for more sentences of a head.

    Args:
        cfg (Config): of stage 1.
        checkpoint (str): of that config.
        head (AnchorHead): whose anchors it embedded; its record tells which
            tower that was.

    Returns:
        TextEncoder: of that tower, on the CPU.

    Raises:
        FileNotFoundError: if there is no such checkpoint.
        ValueError: if the config has no text tower, the checkpoint not its
            weights, or they are not those that embedded the anchors.
    """
    if not cfg.get('model') or _KEY not in cfg.model:
        raise ValueError(
            f'{cfg.filename} has no model.{_KEY}; give the stage-1 config that the anchors come '
            'from.'
        )
    tower = MODELS.build(cfg.model[_KEY])
    prefix = f'{_KEY}.'
    state = state_dict_of(load_checkpoint_file(checkpoint))
    keys = [key for key in state if key.startswith(prefix)]
    own = {key.removeprefix(prefix): state[key] for key in keys}
    if isinstance(tower, FileBacked):
        tower.fill_left_out(own, '')
    check_finite(own, checkpoint, tower)
    wanted = tower.state_dict()
    wrong = [
        key
        for key in sorted({*wanted, *own})
        if key not in own or key not in wanted or own[key].shape != wanted[key].shape
    ]
    if wrong:
        raise ValueError(
            f'{checkpoint} does not hold the text tower of {cfg.filename}: {prefix}{wrong[0]} is '
            f'missing or of another shape ({len(wrong)} of {len(wanted)} weights); give the '
            'stage-1 checkpoint that the anchors come from.'
        )
    tower.load_state_dict(own)
    _compare(tower, checkpoint, head)
    return TextEncoder(tower, find_tokenizer(cfg))


def _compare(tower: nn.Module, checkpoint: str, head: AnchorHead):
    """Refuse another tower than that of the anchors."""
    record = head.anchor_record
    made = record.made_for.tower if record else None
    found = weights_digest(tower)
    if made is None:
        warn_once(
            'The anchors do not tell which text tower embedded them, so that nothing tells whether '
            f'{checkpoint} has it; sentences of another tower would be noise to the head.'
        )
    elif made != found:
        raise ValueError(
            f'{checkpoint} has the text tower {found[:12]}…, the anchors are of {made[:12]}…; '
            'sentences of another tower are noise to the head. Give the stage-1 checkpoint that '
            'the anchors come from.'
        )
