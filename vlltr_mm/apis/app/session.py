"""What the page can ask: images, classes, and new classes by text."""

import binascii
import os.path as osp
import tempfile
from base64 import b64decode
from dataclasses import asdict
from threading import Lock

import torch
import torch.nn.functional as F
from mmengine.dataset import pseudo_collate

from ...engine.text_tower import load_text_encoder
from ...models import AnchorHead
from ...utils.validation import check_int, check_list, check_text
from ..inference import Predictor
from ..inference.images import read_batches
from ..new_classes.adding import stage_1_config
from ..new_classes.extending import check_head, embed_classes, extend_model
from ..new_classes.reading import check_new_classes

_LONGEST = dict(name=200, sentence=2000)  # letters
_MOST = 200  # sentences of a class that is typed in


class Session:
    """A model that is asked about one image after another, from any thread.

    Args:
        config (str): the config file, or a name that ``find_config`` knows.
        checkpoint (str, optional): the file. Defaults to None, for a config
            that trains nothing.
        text_checkpoint (str, optional): of stage 1, for new classes. Defaults
            to None: none can be added.
        text_config (str, optional): see ``add_classes``.
        offset (float): γ of new classes, see ``extend_model``. Defaults to
            0.0.
        **kwargs: ``device`` and ``cfg_options`` of ``Predictor``.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file is not what it must be.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | None = None,
        text_checkpoint: str | None = None,
        text_config: str | None = None,
        offset: float = 0.0,
        **kwargs,
    ):
        self._lock = Lock()
        self._predictor = Predictor(config, checkpoint, **kwargs)
        self._start = self._predictor.model, self._predictor.record
        self._cfg, self._offset = self._predictor.cfg, offset
        self._encoder = None
        if text_checkpoint is not None:
            head = self._predictor.model.head
            check_head(head)
            text_cfg = stage_1_config(self._cfg, text_config)
            self._encoder = load_text_encoder(text_cfg, text_checkpoint, head)

    def classes(self) -> dict:
        """Return the classes, and whether some can be added, as JSON values."""
        with self._lock:
            return self._describe()

    def _describe(self) -> dict:
        names, counts = self._predictor.classes, self._predictor.counts
        old = self._start[0].head.num_classes
        return dict(
            classes=[
                dict(label=i, name=name, count=counts[i] if counts else None, added=i >= old)
                for i, name in enumerate(names)
            ],
            can_add=self._encoder is not None,
        )

    def predict(self, request: dict) -> dict:
        """Say what the model sees in an image.

        Args:
            request (dict): ``image``, the bytes of a file in base64; possibly
                ``topk`` and ``sentences``, how many.

        Returns:
            dict: ``classes``, the best first, with the fields of
            ``PredictedClass`` and ``text_alone``: the score of the mean of
            the class's anchors, without attention and visual branch, as
            zero-shot CLIP has it; None without anchors.

        Raises:
            ValueError: if it is no image that can be read.
        """
        topk = check_int(request.get('topk', 5), 'topk', 1)
        number = check_int(request.get('sentences', 3), 'sentences', 0, 20)
        content = _decode(request.get('image'))
        # One name for all: nothing of what a client says becomes a path.
        with tempfile.TemporaryDirectory() as folder, self._lock:
            path = osp.join(folder, 'image')
            with open(path, 'wb') as file:
                file.write(content)
            self._predictor.skipped.clear()
            found = list(self._predictor([path], topk, number))
            if not found:
                raise ValueError(f'The image cannot be read: it {self._fault(path)}.')
            alone = self._text_alone(path)
        rows = [
            dict(asdict(c), text_alone=None if alone is None else alone[c.label])
            for c in found[0].classes
        ]
        best = None if alone is None else max(range(len(alone)), key=alone.__getitem__)
        name = None if best is None else self._predictor.classes[best]
        return dict(classes=rows, best_of_text_alone=name)

    def _fault(self, path: str) -> str:
        """Return what is wrong with the image, without the name it had here."""
        return self._predictor.skipped.get(path, 'is no image').replace(path, 'the image')

    @torch.no_grad()
    def _text_alone(self, path: str) -> list[float] | None:
        """Return softmax(s·cos(x, mean anchor)) of an image, C values."""
        model = self._predictor.model
        head = model.head
        if not isinstance(head, AnchorHead):
            return None
        (_, samples, _), *_ = read_batches([path], self._predictor.pipeline, 1, 0)
        data = model.data_preprocessor(pseudo_collate(samples), False)
        x = head.proj_visual(head.pre_logits(model.extract_feat(data['inputs'])))
        anchors = F.normalize(head.anchor_feats.to(x.dtype), dim=2)  # (C, M, D), 0 where padded
        texts = F.normalize(anchors.sum(dim=1), dim=1)
        logits = head.logit_scale.exp() * F.normalize(x, dim=1) @ texts.T
        return logits.softmax(dim=1)[0].tolist()

    def add(self, request: dict) -> dict:
        """Add a class, which competes from the next image on.

        Args:
            request (dict): ``name``, and ``sentences``, a list; without any
                the prompt templates stand for them.

        Returns:
            dict: as ``classes`` does.

        Raises:
            ValueError: if none can be added, or name or sentences are wrong.
        """
        if self._encoder is None:
            raise ValueError(
                'There is no text tower to embed a new class; start with --text-checkpoint.'
            )
        name = _short(request.get('name'), 'name')
        sentences = check_list(request.get('sentences') or [], 'sentences')
        if len(sentences) > _MOST:
            raise ValueError(f'There are {len(sentences)} sentences; give up to {_MOST}.')
        sentences = [_short(sentence, 'sentence') for sentence in sentences] or None
        with self._lock:
            model = self._predictor.model
            blank = self._encoder.tokenizer.is_blank
            given = check_new_classes({name: sentences}, self._predictor.classes, 'The form', blank)
            added = embed_classes(self._encoder, given, model.head.anchor_feats.shape[1])
            self._cfg, extended = extend_model(self._cfg, model, added, self._offset)
            self._predictor.use(extended, _with(self._predictor.record, added.names))
            return self._describe()

    def reset(self, request: dict) -> dict:
        """Forget all classes that were added; return what ``classes`` does."""
        with self._lock:
            self._cfg = self._predictor.cfg
            self._predictor.use(*self._start)
            return self._describe()


def _with(record, names: list[str]):
    """Return a class record with new classes, or None where there is none."""
    return record and record.extended(names)


def _decode(text) -> bytes:
    """Return the bytes of base64."""
    if not isinstance(text, str) or not text:
        raise ValueError('image is missing; send the bytes of a file in base64.')
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f'image is no base64 ({error}).') from error


def _short(value, what: str) -> str:
    """Return text of one line's length."""
    text = check_text(value, what)
    if len(text) > _LONGEST[what]:
        raise ValueError(f'A {what} has {len(text)} letters; at most {_LONGEST[what]} are read.')
    return text
