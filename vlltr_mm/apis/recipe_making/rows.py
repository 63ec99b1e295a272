"""The rows of a new recipe as configs: a dozen lines each, on generic bases."""

import os.path as osp
from dataclasses import dataclass

from .choices import Choices
from .code import Expression, assignments, comment
from .pipelines import make_pipelines
from .towers import Towers

DATA = 'data.py'
ROWS = ('zeroshot', 'la', 'cvlp', 'additive')
_RUNTIME = '_base_/default_runtime.py'


@dataclass(frozen=True)
class Places:
    """Where a recipe and its parts are, as its configs name them.

    folder: of configs and lists. name: of the recipe, at the end of the names
    of its configs and runs. images: the folder that the lists' paths start
    from.
    """

    folder: str
    name: str
    images: str

    def config(self, row: str) -> str:
        """Return the config file of a row."""
        return osp.join(self.folder, f'{row}_{self.name}.py')

    def work_dir(self, row: str) -> str:
        """Return the folder of a row's run."""
        return f'work_dirs/{row}_{self.name}'

    def inside(self, file: str) -> str:
        """Return a file of the folder."""
        return osp.join(self.folder, file)


@dataclass(frozen=True)
class RecipeText:
    """The text of a recipe: all its sources, and of these the prompts alone."""

    sources: list[dict]
    prompts: dict


class RecipeRows:
    """What all configs of a recipe are made of."""

    def __init__(
        self, places: Places, towers: Towers, choices: Choices, text: RecipeText, num_classes: int
    ):
        self.places, self.towers, self.choices, self.text = places, towers, choices, text
        self.num_classes = num_classes

    def data(self, origin: str, num_workers: int) -> str:
        """Return the base of all rows: images, classes, text and pipelines."""
        towers, places, batch = self.towers, self.places, self.choices.batch_size
        train, test = towers.pipelines or make_pipelines(towers)
        if self.choices.training == 'frozen':
            train = test
        lists = {split: places.inside(f'{split}.txt') for split in ('train', 'val', 'test')}
        corpus: dict = dict(sources=[Expression('prompts'), *self.text.sources[1:]])
        if towers.tokenizer:
            corpus['tokenizer'] = towers.tokenizer
        size = dict(num_classes=self.num_classes)
        images = dict(
            type='ImageNetLT',
            data_prefix=places.images,
            train_ann_file=lists['train'],
            labels_file=places.inside('labels.txt'),
        )
        loaders = ''
        for split, path in lists.items():
            own = batch if split == 'train' else 2 * batch
            pipeline = 'train_pipeline' if split == 'train' else 'test_pipeline'
            loaders += (
                f'{split}_dataloader = dict(\n'
                f'    batch_size={own}, num_workers={num_workers},\n'
                f'    dataset=dict(**images, ann_file={path!r},\n'
                f'                 pipeline={pipeline}))\n'
            )
        return (
            comment(f'Images, text and towers of {places.name}, from {origin}.')
            + assignments(_base_='_base_/datasets/clip.py')
            + assignments(
                arch=towers.vision['arch'],
                clip=towers.vision['pretrained'],
                prompts=self.text.prompts,
                data_preprocessor=dict(size, mean=list(towers.mean), std=list(towers.std)),
                class_counts=lists['train'],
                corpus=corpus,
                train_pipeline=train,
                test_pipeline=test,
                images=images,
            )
            + loaders
        )

    def _header(self, row: str, what: str, bases: list[str], title: str | None = None) -> str:
        launch = 'test' if row == 'zeroshot' else 'train'
        named = dict(row_name=title) if title else {}
        return (
            comment(what)
            + comment(f'Launch: python tools/{launch}.py {self.places.config(row)}')
            + assignments(_base_=[*bases, _RUNTIME])
            + assignments(work_dir=self.places.work_dir(row), **named)
        )

    def _image_tower(self, start: str | None = None) -> dict:
        """Return the image tower with what is trained of it."""
        tower = named_tower(self.towers.vision)
        if start is not None:
            tower['pretrained'] = start
        if self.choices.training == 'tuned':
            tower['tuner'] = self.choices.tuner
        if self.choices.training == 'whole':
            tower['norm_eval'] = True
        return tower

    def cvlp(self) -> str:
        """Return stage 1."""
        first, choices = self.choices.epochs[0], self.choices
        text = named_tower(self.towers.text)
        if choices.training == 'tuned':
            text['tuner'] = dict(type='AdaptFormer', num_classes=self.num_classes)
        model: dict = dict(vision_backbone=self._image_tower(), text_backbone=text)
        if choices.training != 'whole':
            model.update(teacher=False, ccl_weight=1.0)
        if not self.towers.bounded:
            model['max_logit_scale'] = None
        what = dict(
            frozen='nothing is trained; the towers select anchors as they come.',
            tuned='of both towers a small part is trained; then anchors are selected.',
            whole='both towers are trained, held near their start; then anchors are selected.',
        )[choices.training]
        settings: dict = dict(train_cfg=dict(max_epochs=first, val_interval=max(1, first)))
        anss = dict(
            type='AnSSHook',
            images='train_dataloader',
            max_images_per_class=50,
            selector=dict(type='AnSS', num_anchors=choices.num_anchors),
        )
        hooks = [anss] if first == 0 else [dict(type='SentenceBankHook'), anss]
        if first == 0:
            settings['param_scheduler'] = None
        return self._header(
            'cvlp',
            f'Stage 1 of {self.places.name}: {what}',
            ['_base_/models/cvlp.py', DATA, '_base_/schedules/own_cvlp.py'],
        ) + assignments(
            model=model,
            train_dataloader=dict(
                dataset=dict(
                    type='TextCorpusDataset',
                    dataset='ImageNetLT',
                    corpus=Expression('{{_base_.corpus}}'),
                )
            ),
            **settings,
            custom_hooks=hooks,
        )

    def additive(self) -> str:
        """Return stage 2."""
        before = self.places.work_dir('cvlp')
        first, second = self.choices.epochs
        tower = self._image_tower(f'{before}/epoch_{first}.pth' if first else None)
        model = dict(
            train_cfg=None,
            backbone=dict(tower, frozen=self.choices.training == 'frozen'),
            head=dict(
                num_classes=self.num_classes,
                in_channels=self.towers.embed_dims,
                num_anchors=self.choices.num_anchors,
                anchors=f'{before}/anchors.safetensors',
                loss=dict(class_counts=Expression('{{_base_.class_counts}}')),
            ),
        )
        return (
            self._header(
                'additive',
                f'Stage 2 of {self.places.name}: text and image in one logit-adjusted score. Runs '
                'stage 1 first where its outputs are missing.',
                ['_base_/models/additive.py', DATA, '_base_/schedules/own.py'],
                'Additive + LA',
            )
            + assignments(
                pretrain_config=osp.basename(self.places.config('cvlp')),
                pretrain_work_dir=before,
                model=model,
            )
            + self._second_stage(second)
        )

    def la(self) -> str:
        """Return the row without text."""
        model = dict(
            backbone=dict(self._image_tower(), frozen=self.choices.training == 'frozen'),
            head=dict(
                num_classes=self.num_classes,
                in_channels=self.towers.embed_dims,
                loss=dict(
                    type='LogitAdjustedLoss', class_counts=Expression('{{_base_.class_counts}}')
                ),
            ),
        )
        return (
            self._header(
                'la',
                f'{self.places.name} without text: a linear head with logit adjustment, for as '
                'many epochs as both stages.',
                ['_base_/models/linear.py', DATA, '_base_/schedules/own.py'],
                'LA',
            )
            + assignments(model=model)
            + self._second_stage(self.choices.baseline_epochs)
        )

    def _second_stage(self, epochs: int) -> str:
        """Return how a row with classes is trained: as the images fall."""
        cached = dict(feature_cache=1) if self.choices.training == 'frozen' else {}
        rate = dict(optim_wrapper=dict(optimizer=dict(lr=2e-3))) if cached else {}
        return assignments(
            train_dataloader=dict(sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True)),
            **rate,
            train_cfg=dict(max_epochs=epochs, val_interval=max(1, epochs // 2)),
            **cached,
        )

    def zeroshot(self) -> str:
        """Return the row in which nothing is trained."""
        corpus: dict = dict(sources=[Expression('_base_.prompts')])
        if self.towers.tokenizer:
            corpus['tokenizer'] = self.towers.tokenizer
        model = dict(
            backbone=named_tower(self.towers.vision),
            head=dict(num_classes=self.num_classes, embed_dims=self.towers.embed_dims),
        )
        hook = dict(
            type='FeatureBankHook', corpus=corpus, text_backbone=named_tower(self.towers.text)
        )
        return self._header(
            'zeroshot',
            f'{self.places.name} without training: the class whose prompts are nearest.',
            ['_base_/models/zeroshot.py', DATA, '_base_/schedules/training_free.py'],
        ) + assignments(train_dataloader=None, model=model, custom_hooks=[hook])


def named_tower(tower: dict) -> dict:
    """Return a tower with architecture and weights by their names in the base."""
    named = dict(arch=Expression('{{_base_.arch}}'), pretrained=Expression('{{_base_.clip}}'))
    return {key: named.get(key, value) for key, value in tower.items()}
