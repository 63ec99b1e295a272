"""Heads take off the prior of a text score; checkpoints carry it, files are compared."""

import copy

import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict
from mmengine.visualization import Visualizer
from tiny_anchors import D, M, make_anchors

from vlltr_mm.models import AdditiveLGRHead, LGRHead, PrototypeClsHead
from vlltr_mm.structures import ClassRecord, FeatureBank, TextPrior

NAMES = ['cat', 'dog', 'elk']
LOG_PRIOR = torch.tensor([0.7, 0.2, 0.1]).log()
KINDS = ('lgr', 'additive', 'cosine', 'euclidean')


def make_head(kind, **kwargs):
    if kind in ('lgr', 'additive'):
        made = dict(lgr=LGRHead, additive=AdditiveLGRHead)[kind]
        with torch.random.fork_rng():
            torch.manual_seed(0)
            head = made(num_classes=3, in_channels=D, num_anchors=M, **kwargs)
        head.set_anchors(*make_anchors())
    else:
        head = PrototypeClsHead(3, D, metric=kind, center=kind == 'euclidean', **kwargs)
        rows = torch.randn(9, D, generator=torch.Generator().manual_seed(0))
        head.set_bank(FeatureBank(rows, torch.arange(9) % 3))
    return head.eval()


@pytest.fixture()
def prior_file(tmp_path):
    path = str(tmp_path / 'text_prior.safetensors')
    TextPrior(LOG_PRIOR, ClassRecord(NAMES), dict(images=9)).save(path)
    return path


def text_score(head, x):
    """Return the logits that the prior is taken off, (N, C)."""
    return head.branch_logits((x,))[1] if hasattr(head, 'branch_logits') else head((x,))


@pytest.mark.parametrize('kind', KINDS)
@torch.no_grad()
def test_the_prior_is_taken_off_the_text_score(kind):
    head, x = make_head(kind), torch.randn(5, D)
    before, score = text_score(head, x), head((x,))
    head.text_prior.set_prior(LOG_PRIOR)
    torch.testing.assert_close(text_score(head, x), before - LOG_PRIOR)
    if kind == 'lgr':
        visual = head.branch_logits((x,))[0]
        wanted = visual.softmax(1) / 2 + (before - LOG_PRIOR).softmax(1) / 2
        torch.testing.assert_close(head((x,)).exp(), wanted)
    else:
        torch.testing.assert_close(head((x,)), score - LOG_PRIOR)


@pytest.mark.parametrize('kind', KINDS)
def test_without_a_prior_nothing_changes(kind):
    head = make_head(kind)
    assert not [key for key in head.state_dict() if 'prior' in key]
    logits = torch.randn(2, 3)
    assert head.text_prior(logits) is logits


@pytest.mark.parametrize('load', [lambda h, s: h.load_state_dict(s), load_state_dict])
@pytest.mark.parametrize('kind', KINDS)
@torch.no_grad()
def test_a_state_dict_has_the_prior_where_there_is_one(kind, load):
    head, x = make_head(kind), torch.randn(5, D)
    plain = {key: value.clone() for key, value in head.state_dict().items()}
    head.text_prior.set_prior(LOG_PRIOR)
    state = head.state_dict()
    assert set(state) == {*plain, 'text_prior.log_prior'}
    again = make_head(kind)
    load(again, state)
    assert torch.equal(again((x,)), head((x,)))
    assert torch.equal(copy.deepcopy(again)((x,)), head((x,)))
    # What has none leaves what is there.
    load(again, plain)
    assert torch.equal(again.text_prior.log_prior, LOG_PRIOR)


@pytest.mark.parametrize('kind', KINDS)
@torch.no_grad()
def test_a_named_file_counts_more_than_the_checkpoint(kind, prior_file):
    x = torch.randn(5, D)
    plain, named = make_head(kind), make_head(kind, text_prior=prior_file)
    assert torch.equal(named((x,)), plain((x,)))  # nothing is read yet
    other = make_head(kind)
    other.text_prior.set_prior(LOG_PRIOR.flip(0))
    for state in (plain.state_dict(), other.state_dict()):
        named.load_state_dict(state)
        plain.text_prior.set_prior(LOG_PRIOR)
        torch.testing.assert_close(named((x,)), plain((x,)))


def test_init_weights_reads_the_file(prior_file):
    head = make_head('lgr', text_prior=prior_file)
    head.init_weights()
    torch.testing.assert_close(head.text_prior.log_prior, LOG_PRIOR)
    assert head.half().text_prior.log_prior.dtype == torch.float16


def test_the_classes_of_a_run_are_compared(prior_file):
    head = make_head('cosine', text_prior=prior_file)
    head.init_weights()
    visualizer = Visualizer.get_instance('classes_of_a_prior')
    try:
        visualizer.dataset_meta = dict(classes=NAMES)
        head.train().eval()
        visualizer.dataset_meta = dict(classes=NAMES[::-1])
        with pytest.raises(ValueError, match='text_prior.safetensors and the data set have the s'):
            head.eval()
    finally:
        visualizer.dataset_meta = None


def test_what_is_no_prior_is_refused(tmp_path, prior_file):
    head = make_head('lgr')
    with pytest.raises(ValueError, match='log_prior is of 4 classes, the head of 3; estimate'):
        head.text_prior.set_prior(torch.zeros(4))
    for bad in (torch.zeros(4), torch.tensor([0.0, float('nan'), 0.0])):
        state = dict(head.state_dict(), **{'text_prior.log_prior': bad})
        with pytest.raises(RuntimeError, match='text_prior.log_prior: log_prior (is|has)'):
            head.load_state_dict(state)
    lost = make_head('lgr', text_prior=str(tmp_path / 'lost.safetensors'))
    with pytest.raises(FileNotFoundError, match='lost.safetensors does not exist. text_prior of'):
        lost.load_state_dict(head.state_dict())
    with pytest.raises(ValueError, match='text_prior.safetensors: log_prior is of 3 classes, t'):
        PrototypeClsHead(2, D, text_prior=prior_file).init_weights()
