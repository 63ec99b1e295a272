"""Encode the corpus once with the frozen teacher of stage 1."""

import os.path as osp

from mmengine.dist import barrier, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmpretrain.registry import HOOKS

from ...structures import FeatureBank
from ...utils.dataset_facts import read_classes
from ...utils.model import unwrap_model
from ...utils.weights_digest import weights_digest
from ..data import open_corpus
from ..encoding import build_sentence_bank


@HOOKS.register_module()
class TeacherTextBankHook(Hook):
    """Let stage 1 look up the text embeddings of its teacher.

    Before training every sentence is encoded once, distributed over the ranks,
    instead of a batch of them in every iteration. The bank is kept in the
    work dir, from where all processes of a machine map the same memory; a
    resumed run uses it again if corpus and teacher are those it was made
    from.

    It pays where an image is drawn more often than there are sentences:
    epochs · images > S.

    Args:
        corpus (dict, optional): the config of a ``TextCorpus``. Defaults to
            None, the training set's.
        batch_size (int): sentences encoded at a time. Defaults to 512.
        out_file (str): relative to the work dir. Defaults to
            'teacher_text_bank.safetensors'.
    """

    def __init__(
        self,
        corpus: dict | None = None,
        batch_size: int = 512,
        out_file: str = 'teacher_text_bank.safetensors',
    ):
        self.corpus = corpus
        self.batch_size = batch_size
        self.out_file = out_file

    def before_train(self, runner):
        """Build the bank, or find it, and hand it to the model.

        Raises:
            ValueError: if the model has no teacher.
        """
        model = unwrap_model(runner.model)
        if getattr(model, 'teacher', None) is None:
            raise ValueError(
                'TeacherTextBankHook needs a model with a teacher; set '
                'model.teacher=True or remove the hook.'
            )
        text_backbone = model.teacher.text_backbone
        dataset = runner.train_dataloader.dataset
        corpus = open_corpus(self.corpus, runner.cfg, read_classes(dataset), dataset)
        path = osp.join(runner.work_dir, self.out_file)
        made_from = dict(corpus=corpus.fingerprint, teacher=weights_digest(text_backbone))
        if not FeatureBank.is_stored(path, made_from):
            bank = build_sentence_bank(text_backbone, corpus, self.batch_size)
            bank.meta.update(made_from)
            if is_main_process():
                bank.save(path)
            del bank
        else:
            print_log(f"Using the teacher's text bank {path}", 'current')
        barrier()
        # Loading maps the file: no process holds a copy of its own.
        model.set_teacher_text_bank(FeatureBank.load(path).feats)
