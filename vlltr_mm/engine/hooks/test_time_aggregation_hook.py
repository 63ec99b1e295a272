"""Weigh experts by how steady their joint prediction is on the test images."""

import copy
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.registry import OPTIMIZERS
from mmpretrain.registry import HOOKS
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ...datasets.text_corpus_dataset import image_set_config, innermost_configs
from ...models import ExpertRouterHead, MultiExpertClsHead
from ...utils.model import unwrap_model
from ...utils.validation import check_int, check_number


def view_agreement(first: Tensor, second: Tensor, weights: Tensor) -> Tensor:
    """Compute the mean cosine of the scores that two views of each image get.

    Args:
        first (Tensor): logits z (N, k, C) of the k experts for one view.
        second (Tensor): (N, k, C) for another view.
        weights (Tensor): a (k,) of the experts.

    Returns:
        Tensor: scalar in [0, 1], the mean of cos(softmax(Σ_e a_e·z_e(x¹)),
        softmax(Σ_e a_e·z_e(x²))).

    Examples:
        >>> z = torch.randn(2, 3, 4)
        >>> round(float(view_agreement(z, z, torch.full((3,), 1 / 3))), 4)
        1.0
    """
    scores = [(z * weights[:, None]).sum(dim=1).softmax(dim=1) for z in (first, second)]
    return F.cosine_similarity(*scores, dim=1, eps=1e-6).mean()


@HOOKS.register_module()
class TestTimeAggregationHook(Hook):
    """Before a test, learn how much each expert counts, from its images without labels.

    The weights are a = softmax(w), w (k,) from 1/k on. Each batch of test
    images is seen in two random views, and w makes a step that raises
    ``view_agreement``: an expert that knows the frequent classes of this test
    is steadier on them. After ``max_epochs``, or once a weight has fallen
    below ``min_weight``, the head's ``expert_weights`` are a; after the test
    they are what they were. Source: SADE (Zhang et al., NeurIPS 2022, arXiv
    2107.09249). It is for test data whose classes are distributed otherwise
    than in training, and it sees all test images before any is judged; a table
    says so.

    Args:
        view (Sequence[dict]): the random transforms of a view, between the
            loading of the image, which is that of the test pipeline, and
            ``PackInputs``.
        optimizer (dict): of w; the authors have that of the training of each
            data set.
        batch_size (int): images a step and rank. Defaults to 128, the
            authors' of all together.
        max_epochs (int): Defaults to 5.
        min_weight (float): Defaults to 0.05.
        num_workers (int): loader processes per rank. Defaults to 4.

    Raises:
        ValueError: if there is no view, or a number is out of range.
    """

    __test__ = False  # by its name pytest takes it for a test

    def __init__(
        self,
        view: Sequence[dict],
        optimizer: dict,
        batch_size: int = 128,
        max_epochs: int = 5,
        min_weight: float = 0.05,
        num_workers: int = 4,
    ):
        if not view:
            raise ValueError('view is empty; give the random transforms of a view.')
        self.view = list(view)
        self.optimizer = optimizer
        self.batch_size = check_int(batch_size, 'batch_size', 1)
        self.max_epochs = check_int(max_epochs, 'max_epochs', 1)
        self.min_weight = check_number(min_weight, 'min_weight', 0, 1)
        self.num_workers = check_int(num_workers, 'num_workers', 0)
        self._before: Tensor | None = None

    def before_test(self, runner):
        """Learn the weights.

        Raises:
            ValueError: if the head has no experts, or the test images come
                from no file.
        """
        model = unwrap_model(runner.model)
        head = getattr(model, 'head', None)
        if not isinstance(head, MultiExpertClsHead):
            raise ValueError(
                f'The head is {type(head).__name__}, without experts to weigh; take a '
                'MultiExpertClsHead, or remove TestTimeAggregationHook.'
            )
        if isinstance(head, ExpertRouterHead):
            raise ValueError(
                'The head is ExpertRouterHead, which weighs no experts but chooses them; test the '
                'stage before it, or remove TestTimeAggregationHook.'
            )
        loader = self._loader(runner)
        training = model.training
        model.eval()
        weights = self._learn(model, loader, runner)
        model.train(training)
        self._before = head.expert_weights.clone()
        head.set_expert_weights(weights)

    def after_test(self, runner):
        """Give the model its weights back."""
        if self._before is not None:
            unwrap_model(runner.model).head.set_expert_weights(self._before)
            self._before = None

    def _loader(self, runner) -> DataLoader:
        """Build the loader of the test images in two views."""
        cfg = copy.deepcopy(dict(runner.cfg.get('test_dataloader') or {}))
        dataset = image_set_config(copy.deepcopy(cfg.get('dataset') or {}))
        for part in innermost_configs(dataset):
            pipeline = part.get('pipeline') or [dict(type='none')]
            if 'Load' not in str(pipeline[0]['type']):
                raise ValueError(
                    f'The test pipeline begins with {pipeline[0]["type"]}, but images have to be '
                    'loaded to be seen in two views; test on images, or remove '
                    'TestTimeAggregationHook.'
                )
            part['pipeline'] = [
                pipeline[0],
                dict(type='MultiView', num_views=[2], transforms=[self.view]),
                dict(type='PackInputs'),
            ]
        cfg.pop('batch_sampler', None)
        cfg.update(
            dataset=dataset,
            batch_size=self.batch_size,
            num_workers=self.num_workers,
            persistent_workers=False,
            drop_last=False,
            collate_fn=dict(type='default_collate'),
            sampler=dict(type='DefaultSampler', shuffle=True),
        )
        return runner.build_dataloader(cfg, seed=runner.seed)

    def _learn(self, model: nn.Module, loader: DataLoader, runner) -> Tensor:
        """Return a (k,) after the last epoch."""
        k = model.head.num_experts
        raw = nn.Parameter(torch.full((k,), 1 / k, device=model.head.expert_weights.device))
        optimizer = OPTIMIZERS.build(dict(self.optimizer, params=[raw]))
        for epoch in range(self.max_epochs):
            loader.sampler.set_epoch(epoch)
            agreement = 0.0
            for batch in loader:
                value = view_agreement(*self._logits(model, batch), raw.softmax(dim=0))
                optimizer.zero_grad()
                (-value).backward()
                all_reduce(raw.grad, 'mean')
                optimizer.step()
                agreement += float(value.detach())
            weights = raw.detach().softmax(dim=0)
            runner.logger.info(
                f'Expert weights after epoch {epoch + 1} of at most {self.max_epochs}: '
                f'{" / ".join(f"{w:.3f}" for w in weights.tolist())}; the views agree to '
                f'{agreement / len(loader):.4f}.'
            )
            if weights.min() < self.min_weight:
                break
        return weights

    @staticmethod
    @torch.no_grad()
    def _logits(model: nn.Module, batch: dict) -> list[Tensor]:
        """Return the logits (N, k, C) of both views."""
        return [
            model.head.expert_logits(
                model.extract_feat(model.data_preprocessor(dict(inputs=view))['inputs'])
            )
            for view in batch['inputs']
        ]
