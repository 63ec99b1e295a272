"""Features of people's files come in as they are, or it is said what is wrong."""

import json

import numpy as np
import pytest
import torch
from feature_files import NAMES, WIDTH, feature_arrays, write_npz
from safetensors.numpy import save_file

from vlltr_mm.apis.features import FeatureNames, FeatureSet, import_features
from vlltr_mm.structures import AnchorSet, FeatureBank


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_arrays_become_banks_and_anchors(tmp_path, dtype):
    arrays = feature_arrays(dtype=dtype)
    found = import_features([write_npz(tmp_path / 'x.npz', **arrays)], logit_scale=3.0)
    assert found.classes == NAMES and found.width == WIDTH and found.class_counts is None
    assert {name: len(bank) for name, bank in found.splits.items()} == dict(pool=36, test=15)
    pool = found.splits['pool']
    assert (
        pool.feats.dtype == torch.float32 and pool.labels.tolist() == [0] * 12 + [1] * 12 + [2] * 12
    )
    assert pool.feats.numpy() == pytest.approx(arrays['pool_feats'].astype(np.float32))
    assert found.anchors.feats.shape == (3, 1, WIDTH) and found.anchors.mask.all()
    assert found.anchors.logit_scale == 3.0
    assert torch.equal(found.anchors.feats[:, 0], found.text.feats)


def test_the_three_kinds_of_files_hold_the_same(tmp_path):
    arrays = feature_arrays()
    expected = import_features([write_npz(tmp_path / 'x.npz')]).digest()
    numbers = {key: value for key, value in arrays.items() if key != 'names'}
    save_file(numbers, str(tmp_path / 'x.safetensors'))
    (tmp_path / 'names.txt').write_text('\n'.join(NAMES) + '\n\n')
    by_file = FeatureNames(classes=str(tmp_path / 'names.txt'))
    assert import_features([str(tmp_path / 'x.safetensors')], by_file).digest() == expected
    for key, value in numbers.items():
        np.save(tmp_path / f'{key}.npy', value)
    (tmp_path / 'names.json').write_text(json.dumps(NAMES))
    by_file = FeatureNames(classes=str(tmp_path / 'names.json'))
    paths = [str(tmp_path / f'{key}.npy') for key in numbers]
    assert import_features(paths, by_file).digest() == expected


def test_names_of_any_kind(tmp_path):
    arrays = feature_arrays()
    words = np.array(NAMES)
    np.savez(
        tmp_path / 'x.npz',
        a=np.asfortranarray(arrays['pool_feats']),
        b=words[arrays['pool_labels']],
        c=arrays['test_feats'],
        d=arrays['test_labels'][:, None].astype(np.float64),
        e=np.repeat(arrays['text_feats'], 2, axis=0),
        f=np.repeat(words, 2).astype('S'),
        g=np.array([f'{name} {i}' for name in NAMES for i in range(2)]),
    )
    named = FeatureNames(dict(train=('a', 'b'), test=('c', 'd')), ('e', 'f'), sentences='g')
    found = import_features([str(tmp_path / 'x.npz')], named)
    assert found.classes == NAMES and found.class_counts == [12, 12, 12]  # sorted
    assert found.anchors.feats.shape == (3, 2, WIDTH)
    assert found.anchors.text[1] == ['lynx 0', 'lynx 1']
    known = import_features([write_npz(tmp_path / 'y.npz')])
    assert torch.equal(found.splits['test'].labels, known.splits['test'].labels)


def test_ragged_text_is_padded_and_a_cube_is_rows(tmp_path):
    text = np.eye(4, WIDTH, dtype=np.float32)
    labels = dict(text_feats=text, text_labels=np.array([2, 0, 2, 1]))
    anchors = import_features([write_npz(tmp_path / 'x.npz', **labels)]).anchors
    assert anchors.mask.tolist() == [[True, False], [True, False], [True, True]]
    assert anchors.sentence_ids.tolist() == [[1, -1], [3, -1], [0, 2]]
    assert torch.equal(anchors.feats[2], torch.from_numpy(text[[0, 2]]))
    cube = write_npz(tmp_path / 'y.npz', text_feats=np.ones((3, 4, WIDTH), np.float32))
    assert import_features([cube]).text.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_a_folder_gives_back_what_was_saved(tmp_path):
    arrays = feature_arrays()
    train = dict(train_feats=arrays['pool_feats'], train_labels=arrays['pool_labels'])
    gone = dict(pool_feats=None, pool_labels=None)
    made = import_features([write_npz(tmp_path / 'x.npz', **train, **gone)])
    files = made.save(str(tmp_path / 'out'))
    assert sorted(map(str, (tmp_path / 'out').iterdir())) == sorted(files)
    back = FeatureSet.load(str(tmp_path / 'out'))
    assert back.digest() == made.digest() and back.class_counts == [12, 12, 12]
    bank = FeatureBank.load(str(tmp_path / 'out/test.safetensors'))
    assert bank.record.classes == NAMES and bank.record.class_counts == (12, 12, 12)
    assert AnchorSet.load_record(
        str(tmp_path / 'out/anchors.safetensors')
    ) == made.record.__class__(NAMES, (12, 12, 12), logit_scale=made.anchors.logit_scale)
    assert json.loads((tmp_path / 'out/class_counts.json').read_text()) == [12, 12, 12]
    # Without classes, or of others in the same folder.
    FeatureBank(bank.feats, bank.labels).save(str(tmp_path / 'out/test.safetensors'))
    with pytest.raises(ValueError, match=r'test\.safetensors does not say which classes'):
        FeatureSet.load(str(tmp_path / 'out'))
    other = dict(train, names=np.array(['lynx', 'heron', 'newt']))
    import_features([write_npz(tmp_path / 'y.npz', **other, **gone)]).save(str(tmp_path / 'two'))
    (tmp_path / 'two/test.safetensors').replace(tmp_path / 'out/test.safetensors')
    with pytest.raises(ValueError, match='the same classes in another order'):
        FeatureSet.load(str(tmp_path / 'out'))
    with pytest.raises(FileNotFoundError, match='neither train.safetensors nor pool'):
        FeatureSet.load(str(tmp_path))


BAD = np.array(feature_arrays()['pool_feats'])
BAD[7, 2] = np.nan


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(pool_feats=None), r'there are no training features; name them .* --train or --pool'),
        (dict(pool_labels=None), r"'pool_feats' has no labels, such as 'pool_labels'"),
        (dict(pool_feats=BAD), r'pool_feats has 1 rows .* the first is 7: nan in column 2'),
        (
            dict(pool_feats=np.ones((36, 8), int)),
            r'pool_feats is \(36, 8\) of int64; features must be',
        ),
        (dict(pool_feats=BAD[0]), r'pool_feats is \(8,\) of float32; features must be \(N, D\)'),
        (dict(pool_feats=np.full((36, 8), 1e300)), r'36 rows that are not finite, .*: 1e\+300'),
        (dict(pool_labels=np.arange(35) % 3), r'pool_feats has 36 rows, .*pool_labels 35 labels'),
        (dict(pool_labels=np.arange(36) % 3 + 1), r'row 2 has label 3; .* count from 1 here'),
        (dict(pool_labels=np.arange(36) % 4 - 1), r'row 0 has label -1; .* lie in 0 \.\. 2'),
        (dict(pool_labels=np.eye(36, 3)), r'pool_labels is \(36, 3\) of float64, .* must be \(N,'),
        (dict(pool_labels=np.arange(36) / 2), r'labels must be \(N,\), the index from 0 or the'),
        (dict(pool_labels=np.array(['fox'] * 36)), r"row 0 is of 'fox', which is none of the 3"),
        (dict(pool_labels=np.arange(36) % 2), r"Class 2 'newt' has no image in pool"),
        (dict(test_feats=np.ones((15, 9))), r'features of test have width 9, .* the images 8'),
        (dict(text_feats=np.ones((3, 5))), r'features of text have width 5, .* embedding space'),
        (dict(text_feats=np.ones((4, 8))), r'text_feats is \(4, 8\), with 3 classes and no labels'),
        (dict(text_feats=np.ones(())), r'text_feats is \(\), with 3 classes and no labels'),
        (
            dict(text_feats=np.ones((3, 8)), text_labels=np.array([0, 1, 1])),
            r"Class 2 'newt' has no sentence in text",
        ),
        (dict(names=None), r'the classes have no names; give them with --classes'),
        (dict(names=np.array(['a', ' ', 'c'])), r"names: Class 1 has the name ' ', which is blank"),
        (dict(names=np.array([1, 2, 3])), r'names is \(3,\) of int64; it must be a list of str'),
        (dict(names=np.array([b'a', b'\xff', b'c'])), r'names has text that is not UTF-8'),
        (dict(pool_embeddings=np.ones((36, 8))), r'pool_feats and pool_embeddings are both there'),
        (dict(sentences=np.array(['a'])), r'sentences has 1 sentences for 3 rows of text'),
        (dict(train_feats=BAD, train_labels=np.arange(36)), r'train_feats has 1 rows'),
    ],
)
def test_what_does_not_fit(tmp_path, changes, message):
    path = write_npz(tmp_path / 'x.npz', **changes)
    with pytest.raises(ValueError, match=message) as error:
        import_features([path])
    assert path in str(error.value)


@pytest.mark.parametrize(
    'names, message',
    [
        (FeatureNames(dict(train=('a', 'b'))), r"there is no array 'a'; there are pool_feats \(36"),
        (FeatureNames(text=('a',)), r"there is no array 'a'"),
        (FeatureNames(classes='a'), r"no array 'a' for the names of the classes, and no \.txt"),
        (FeatureNames(classes='a.txt'), r"'a.txt' does not exist; put a class name on each line"),
        (FeatureNames(sentences='a'), r"there is no array 'a'"),
    ],
)
def test_names_that_lead_nowhere(tmp_path, names, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        import_features([write_npz(tmp_path / 'x.npz')], names)


def test_files_that_are_none(tmp_path):
    path = write_npz(tmp_path / 'x.npz')
    with pytest.raises(ValueError, match=r"and .*x\.npz, pool_feats are both named 'pool_feats'"):
        import_features([path, path])
    with pytest.raises(FileNotFoundError, match='none.npz.* does not exist; name a file of stored'):
        import_features([str(tmp_path / 'none.npz')])
    (tmp_path / 'x.csv').touch()
    with pytest.raises(ValueError, match=r'x\.csv.* does not end in \.npz, \.npy or \.safetensors'):
        import_features([str(tmp_path / 'x.csv')])
    whole = (tmp_path / 'x.npz').read_bytes()
    (tmp_path / 'cut.npz').write_bytes(whole[:-100])
    with pytest.raises(ValueError, match=r'cut\.npz is no whole \.npz file \(File is not a zip'):
        import_features([str(tmp_path / 'cut.npz')])
    np.save(tmp_path / 'cut.npy', np.ones((4, 4)))
    with open(tmp_path / 'cut.npy', 'rb+') as file:
        file.truncate(200)
    with pytest.raises(ValueError, match=r'cut\.npy says \(4, 4\) of float64, 128 bytes, but 72'):
        import_features([str(tmp_path / 'cut.npy')])
    np.save(tmp_path / 'object.npy', np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r'object\.npy is of object; Python objects, records and'):
        import_features([str(tmp_path / 'object.npy')])
