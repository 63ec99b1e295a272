"""Readers of what a finished head is calibrated with."""

import torch
from fuzz_inputs import damaged_safetensors
from fuzz_text_readers import odd_bank, odd_tensors, safetensors_reader, stored

from vlltr_mm.apis.calibration import calibrate, load_branch_logits
from vlltr_mm.structures import BranchLogits, ClassRecord, FeatureBank, TextPrior

RECORD = ClassRecord(['crane', 'sand bar'], (9, 1))
PRIOR = TextPrior(torch.tensor([0.75, 0.25]).log(), RECORD)
LOGITS = BranchLogits(
    torch.eye(2),
    torch.eye(2) * 2,
    torch.tensor([0, 1]),
    RECORD,
    dict(
        config='a.py',
        checkpoint=None,
        cfg_options={},
        split='val',
        seen_in_training=False,
        visual_weight=0.5,
        class_counts=[9, 1],
        thresholds=[2, 8],
        rule='field',
    ),
)


def odd_logits(value, content) -> str | None:
    """Choose on the logits, where each class has some."""
    if set(value.labels.tolist()) == {0, 1}:
        calibrate(value, [0.5])
    return odd_bank(FeatureBank(value.language, value.labels, value.meta), content)


CALIBRATION_READERS = [
    safetensors_reader(
        'prior of a text score',
        PRIOR.save,
        TextPrior.load,
        damaged_safetensors(*stored(PRIOR)),
        lambda value: torch.equal(value.log_prior, PRIOR.log_prior) and value.record == RECORD,
        lambda value, content: odd_tensors(dict(log_prior=value.log_prior)),
    ),
    safetensors_reader(
        'logits of branches',
        LOGITS.save,
        load_branch_logits,
        damaged_safetensors(*stored(LOGITS)),
        lambda value: torch.equal(value.visual, LOGITS.visual) and value.meta == LOGITS.meta,
        odd_logits,
    ),
]
