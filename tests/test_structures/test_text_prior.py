"""Priors survive their files and refuse nonsense."""

import pytest
import torch

from vlltr_mm.structures import ClassRecord, FeatureBank, TextPrior

RECORD = ClassRecord(['cat', 'dog'], (9, 1))
LOG_PRIOR = torch.tensor([0.75, 0.25], dtype=torch.float64).log()


def test_round_trip(tmp_path):
    path = str(tmp_path / 'new' / 'prior.safetensors')
    TextPrior(LOG_PRIOR, RECORD, dict(images=20)).save(path)
    again = TextPrior.load(path)
    torch.testing.assert_close(again.log_prior, LOG_PRIOR.float())
    assert again.record == RECORD and again.meta == dict(images=20)


@pytest.mark.parametrize(
    ('log_prior', 'match'),
    [
        (torch.zeros(3), 'log_prior is of 3 classes, its record of 2; they must agree'),
        (torch.zeros(2), 'logarithms of shares that sum to 2, not to 1; estimate'),
        (torch.zeros(2, 1), 'log_prior'),
        (torch.tensor([0.0, float('nan')]), 'log_prior has 1 numbers that are not finite'),
    ],
)
def test_what_is_no_prior(log_prior, match):
    with pytest.raises(ValueError, match=match):
        TextPrior(log_prior, RECORD)


def test_other_files_are_refused(tmp_path):
    path = str(tmp_path / 'bank.safetensors')
    FeatureBank(torch.ones(2, 2), torch.tensor([0, 1]), dict(record=RECORD.to_meta())).save(path)
    with pytest.raises(ValueError, match=r"no prior with its classes \(it has \['feats', 'la"):
        TextPrior.load(path)
    with pytest.raises(FileNotFoundError, match='lost.safetensors does not exist'):
        TextPrior.load(str(tmp_path / 'lost.safetensors'))
