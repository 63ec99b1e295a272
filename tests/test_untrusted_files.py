"""Nothing inside a file is run, whichever reader it is given to."""

import json
import os
import pickle
import warnings

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.runner import load_checkpoint
from refused_files import Call
from torch import nn

from vlltr_mm.apis.conversion import convert_release, export_open_clip
from vlltr_mm.apis.features.arrays import read_arrays
from vlltr_mm.apis.running.handover import check_outputs
from vlltr_mm.datasets.corpus.corpus_files import read_corpus
from vlltr_mm.models.backbones.openclip.weights import read_clip_file
from vlltr_mm.models.heads.decoupling_heads import load_linear
from vlltr_mm.structures import AnchorSet, FeatureBank
from vlltr_mm.utils.annotation_list import read_annotation_list
from vlltr_mm.utils.checkpoint import load_checkpoint_file
from vlltr_mm.utils.class_counts import read_class_counts
from vlltr_mm.utils.files import read_json


def pretrained(path):
    BaseModule(init_cfg=dict(type='Pretrained', checkpoint=path)).init_weights()


def handover(path):
    """Read what the stage before wrote into a folder."""
    folder, name = os.path.split(path)
    with open(os.path.join(folder, 'last_checkpoint'), 'w') as file:
        file.write(path)
    os.replace(path, os.path.join(folder, 'epoch_1.pth'))
    before = Config(
        dict(work_dir=folder, train_cfg=dict(max_epochs=1, by_epoch=True), custom_hooks=[])
    )
    check_outputs(Config(dict(model={})), before)


def corpus(path):
    folder = os.path.dirname(path)
    for name in ('ids', 'id_offsets', 'labels', 'text', 'text_offsets', 'origins'):
        os.link(path, os.path.join(folder, f'{name}.npy'))
    with open(os.path.join(folder, 'meta.json'), 'w') as file:
        file.write(json.dumps(dict(fingerprint='a' * 64, warning=None, origin_names=['a'])))
    read_corpus(folder)


def features(path):
    """Read a file as each kind that stored features come in."""
    errors = []
    for ending in ('npz', 'npy', 'safetensors'):
        other = f'{path}.{ending}'
        os.link(path, other)
        try:
            read_arrays([other])
        except ValueError as error:
            errors.append(error)
    assert len(errors) == 3
    raise errors[0]


READERS = dict(
    checkpoint=load_checkpoint_file,
    host=lambda path: load_checkpoint(nn.Linear(1, 1), path),
    weights=pretrained,
    vision=lambda path: read_clip_file(path, 'vision'),
    text=lambda path: read_clip_file(path, 'text'),
    linear=lambda path: load_linear(nn.Linear(1, 1), path),
    release=lambda path: convert_release(path, f'{path}.out'),
    export=lambda path: export_open_clip(path, f'{path}.out'),
    handover=handover,
    anchors=AnchorSet.load,
    bank=FeatureBank.load,
    features=features,
    corpus=corpus,
    counts=read_class_counts,
    annotations=read_annotation_list,
    json=lambda path: read_json(path, 'a list'),
)


def zipped(attack, path):
    torch.save(dict(state_dict=attack, model=attack), path)


def legacy(attack, path):
    torch.save(dict(state_dict=attack), path, _use_new_zipfile_serialization=False)


def bare(attack, path):
    with open(path, 'wb') as file:
        pickle.dump(attack, file)


def array(attack, path):
    with open(path, 'wb') as file:
        np.save(file, np.array([attack], dtype=object), allow_pickle=True)


@pytest.mark.parametrize('ending', ['pth', 'pt', 'safetensors', 'json', 'pkl'])
@pytest.mark.parametrize('write', [zipped, legacy, bare, array])
@pytest.mark.parametrize('reader', READERS)
def test_nothing_runs(tmp_path, reader, write, ending):
    path, sentinel = str(tmp_path / f'bad.{ending}'), tmp_path / 'sentinel'
    write(Call(os.system, f'touch {sentinel}'), path)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of torch, about damaged files
        with pytest.raises((ValueError, RuntimeError, pickle.UnpicklingError)):
            READERS[reader](path)
    assert not sentinel.exists()


@pytest.mark.parametrize('write', [zipped, legacy, bare, array])
def test_the_attack_is_a_real_one(tmp_path, write):
    path, sentinel = str(tmp_path / 'bad'), tmp_path / 'sentinel'
    write(Call(os.system, f'touch {sentinel}'), path)
    if write is array:
        np.load(path, allow_pickle=True)
    elif write is bare:
        with open(path, 'rb') as file:
            pickle.load(file)
    else:
        torch.load(path, weights_only=False)
    assert sentinel.exists()
