"""A text tower of open_clip as a backbone of MMPretrain."""

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ....utils.token_rules import TokenRules
from .base import OpenCLIPTower
from .towers import build_tower, clip_config

_AT_THE_END = ('argmax', 'eos')  # kinds of pooling that take one place of a sentence


@MODELS.register_module()
class OpenCLIPTextBackbone(OpenCLIPTower):
    """The text tower of a CLIP, (N, L) int64 → ``((N, D),)``, not normalised.

    Any text transformer that open_clip builds itself: causal or not, pooled
    at the end of the text, at the first or the last place or at a learnt one,
    projected or not. What it reads beside the ids of a sentence is its own
    affair, and ``fit_width`` knows it: a tower that is causal and pooled at
    the end of the text (CLIP's, EVA's, PE's) reads nothing behind that, and L
    may be any width that holds the longest sentence. Any other (SigLIP's,
    CLIPA's, CoCa's, some of MobileCLIP) reads all of its places, padding
    included, and L is its context length.

    Args:
        arch (str | dict): as in ``OpenCLIPVisionBackbone``.
        pretrained (str, optional): likewise. Defaults to None.
        frozen (bool): no training, always in eval. Defaults to False.
        grad_checkpointing (bool): trade time for memory. Defaults to False.
        quick_gelu (bool, optional): as in ``OpenCLIPVisionBackbone``.
            Defaults to None.
        tuner (dict, optional): likewise. Defaults to None.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the tower is one of Hugging Face's, is not pooled, or
            gives embeddings of another width than the architecture says.
    """

    which = 'text'

    def __init__(
        self,
        arch: str | dict,
        pretrained: str | None = None,
        frozen: bool = False,
        grad_checkpointing: bool = False,
        quick_gelu: bool | None = None,
        tuner: dict | None = None,
        init_cfg: dict | None = None,
    ):
        super().__init__(arch, pretrained, frozen, grad_checkpointing, quick_gelu, init_cfg)
        self.text = build_tower(arch, 'text', quick_gelu=quick_gelu)
        self._check_output()
        # Then no place behind the end of a text reaches what is pooled.
        self._reads_to_the_end = (
            self.text.attn_mask is not None
            and self.text.cls_emb is None
            and self.text.pool_type in _AT_THE_END
        )
        if grad_checkpointing:
            self.text.set_grad_checkpointing(True)
        self._finish(tuner)

    @property
    def tower(self) -> nn.Module:
        """open_clip's text tower."""
        return self.text

    @property
    def token_rules(self) -> TokenRules:
        """What the tower reads: whose tokenizer's ids, how many, of which vocabulary."""
        return TokenRules.of_text_config(clip_config(self.arch)['text_cfg'], repr(self.arch))

    def _check_output(self):
        """Refuse towers that give no embedding of the architecture's width."""
        text = self.text
        if text.pool_type not in ('first', 'last', *_AT_THE_END):
            raise ValueError(
                f'The text tower of arch={self.arch!r} has pool_type={text.pool_type!r} and gives '
                "no embedding of a sentence; use 'argmax', 'eos', 'first' or 'last'."
            )
        if text.text_projection is None and text.width != self.embed_dims:
            raise ValueError(
                f'The text tower of arch={self.arch!r} has no projection and gives {text.width}-d '
                f'embeddings, but embed_dim is {self.embed_dims}; make them agree.'
            )

    def fit_width(self, tokens: Tensor, pad_id: int = 0) -> Tensor:
        """Cut or pad columns to what the tower reads.

        Args:
            tokens (Tensor): (N, L) int64, sentences from start to end, padded
                to the longest of them or further.
            pad_id (int): what the tokenizer pads with. Defaults to 0.

        Returns:
            Tensor: (N, L') int64, with the same embeddings as in full width:
            L' is the last end of a text, or the context length where a tower
            reads its padding.
        """
        if self._reads_to_the_end:
            return tokens[:, : int(self._ends(tokens).max()) + 1]
        return F.pad(tokens, (0, max(0, self.text.context_length - tokens.shape[1])), value=pad_id)

    def _ends(self, tokens: Tensor) -> Tensor:
        """Return the place (N,) of each text's end, as open_clip finds it."""
        if self.text.pool_type == 'eos':
            return (tokens == self.text.eos_id).int().argmax(dim=1)
        return tokens.argmax(dim=1)  # CLIP's end has the largest id of all

    def _embed(self, tokens: Tensor) -> Tensor:
        text, length = self.text, tokens.shape[1]
        fits = length <= text.context_length
        if not fits or (length < text.context_length and not self._reads_to_the_end):
            raise ValueError(
                f'The tokens are {length} wide, the text tower of arch={self.arch!r} takes '
                f'{"at most " if self._reads_to_the_end else ""}{text.context_length}; make them '
                'with that context length.'
            )
        if not self._reads_to_the_end:
            return text(tokens)
        x = text.token_embedding(tokens) + text.positional_embedding[:length]
        x = text.transformer(x, attn_mask=text.attn_mask[:length, :length])
        x = text.ln_final(x)  # (N, L, width)
        x = x[torch.arange(len(x), device=x.device), self._ends(tokens)]
        projection = text.text_projection
        if projection is None:
            return x
        return projection(x) if isinstance(projection, nn.Module) else x @ projection
