"""Which ids a text tower reads: what its tokenizer and its corpus have to agree on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from .validation import check_int, check_text, shown

CLIP = 'CLIP'  # the tokenizer that open_clip brings along
_KNOWN = {True: ('clean',), False: ('clean', 'strip_sep_token')}
_CLEAN = ('lower', 'whitespace', 'canonicalize')


@dataclass(frozen=True)
class TokenRules:
    """What a text tower is given: whose ids, how many of them, of which vocabulary.

    Args:
        tokenizer (str): 'CLIP', or the name by which open_clip fetches
            another.
        context_length (int): L, ids of a sentence with start, end and
            padding.
        vocab_size (int): ids are below it.
        clean (str): what becomes of a text before: 'lower', 'whitespace' (no
            other case) or 'canonicalize' (lower case, no punctuation).
        strip_sep_token (bool): 0 stands for the separator.
        end_id (int, optional): the id that ends each text, where the tower
            looks for it.
    """

    tokenizer: str = CLIP
    context_length: int = 77
    vocab_size: int = 49408
    clean: str = 'lower'
    strip_sep_token: bool = False
    end_id: int | None = None

    @classmethod
    def of_text_config(cls, config: Mapping, owner: str) -> 'TokenRules':
        """Read them from the text part of an architecture of open_clip.

        Args:
            config (Mapping): ``text_cfg``.
            owner (str): whose it is, for the messages.

        Raises:
            ValueError: if its text tower or its tokenizer is of a kind that is
                not supported.
        """
        name = config.get('hf_tokenizer_name') or CLIP
        given = dict(config.get('tokenizer_kwargs') or {})
        other = sorted(set(given) - set(_KNOWN[name == CLIP]))
        if config.get('tokenizer_mode'):
            other.append('tokenizer_mode')
        if config.get('hf_model_name'):
            other = ['hf_model_name']
        if other:
            raise ValueError(
                f'The text tower of arch={owner} has {", ".join(other)}, which is not supported '
                'here; use an architecture without, such as ViT-B-16 or ViT-B-16-SigLIP.'
            )
        clean = given.get('clean', 'lower' if name == CLIP else 'whitespace')
        if clean not in _CLEAN:
            raise ValueError(
                f'The tokenizer of arch={owner} has clean={clean!r}; allowed are '
                f'{", ".join(map(repr, _CLEAN))}.'
            )
        return cls(
            name,
            config.get('context_length', cls.context_length),
            config.get('vocab_size', cls.vocab_size),
            clean,
            bool(given.get('strip_sep_token', False)),
            config.get('eos_id', 2) if config.get('pool_type') == 'eos' else None,
        )

    @classmethod
    def from_meta(cls, value, where: str) -> 'TokenRules':
        """Read them from a file.

        Args:
            value (object): what ``asdict`` gave, of the file.
            where (str): the file and the key, for the message.

        Raises:
            ValueError: if it is anything else.
        """
        keys = [field.name for field in fields(cls)]
        if not isinstance(value, dict) or sorted(value) != sorted(keys):
            raise ValueError(f'{where} is {shown(value)}; it must have the keys {keys}.')
        end = value['end_id']
        return cls(
            check_text(value['tokenizer'], f'{where}, tokenizer'),
            check_int(value['context_length'], f'{where}, context_length', 1, 2**31),
            check_int(value['vocab_size'], f'{where}, vocab_size', 1, 2**31),
            check_text(value['clean'], f'{where}, clean', _CLEAN),
            value['strip_sep_token'] is True,
            None if end is None else check_int(end, f'{where}, end_id'),
        )

    @property
    def are_clips(self) -> bool:
        """Whether they are CLIP's own, whose corpora need not name them."""
        return self == TokenRules()

    def misfit(self, tower: 'TokenRules') -> str:
        """Describe how ids that are made by these rules do not fit a tower.

        Args:
            tower (TokenRules): what the tower reads. Its vocabulary may be
                larger.

        Returns:
            str: what differs, such as 'context_length 77 for 64'; empty where
            all fits.
        """
        own, wanted = asdict(self), asdict(tower)
        too_large = self.vocab_size > tower.vocab_size
        return ', '.join(
            f'{key} {value} for {wanted[key]}'
            for key, value in own.items()
            if value != wanted[key] and (key != 'vocab_size' or too_large)
        )
