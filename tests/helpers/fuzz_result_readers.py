"""Readers of what runs and comparisons left."""

import io
import json
import zipfile

import yaml
from analysis_tools._results import Metafile, add_pack
from fuzz_inputs import damaged_bytes, damaged_json, damaged_lines, damaged_values, dump
from fuzz_list_readers import lines_of, odd_text, write
from fuzz_trials import Reader
from hypothesis import strategies as st
from mmengine.config import Config
from noise_share import noise_share

from vlltr_mm.apis.comparison.plan import RESOLVED_FILE, Stage
from vlltr_mm.apis.comparison.protocol import Protocol
from vlltr_mm.apis.comparison.records import METRICS_FILE, PREDICTIONS_FILE, read_record
from vlltr_mm.apis.running import RunOptions
from vlltr_mm.evaluation import ClassSplits, read_predictions

_SPLITS = ClassSplits([200, 50, 5])
_PROTOCOL = Protocol('ab' * 32, 4, _SPLITS, 'accuracy').to_dict()
PREDICTIONS = 'label,predicted,index,confidence\n0,0,0,0.5\n0,1,1,1\n2,2,2,2e-05\n1,1,3,0.7\n'
_STAGE = Stage('row.py', RunOptions(), Config(dict()), dict(model=dict(type='Plain')))
RECORD = dict(
    row='First',
    config='row.py',
    config_digest=_STAGE.digest,
    seed=3,
    epochs=5,
    protocol=json.loads(json.dumps(_PROTOCOL)),
    accuracy=dict(top1=75.0, many=50.0, medium=100.0, few=None),
    metrics={'accuracy/top1': 75.0},
)
_RESOLVED = dict(digest=_STAGE.digest, config=_STAGE.resolved)
_METAFILE = dict(
    Collections=[dict(Name='VL-LTR', README='README.md')],
    Models=[
        {
            'Name': 'row_shapes_lt',
            'In Collection': 'VL-LTR',
            'Config': 'configs/row_shapes_lt.py',
            'Metadata': {'Training Data': 'shapes_lt', 'Paper Results': {'Top 1 Accuracy': 70.1}},
            'Results': [
                dict(
                    Task='Image Classification',
                    Dataset='shapes_lt',
                    Metrics={'Top 1 Accuracy': 71.0},
                    Seeds=[0],
                    Commit='abc',
                    Epochs=5,
                    Runs=[dict(Seed=0, Metrics={'Top 1 Accuracy': 71.0})],
                )
            ],
        },
        {'Name': 'other', 'In Collection': 'VL-LTR', 'Config': 'configs/other.py', 'Metadata': {}},
    ],
)
_FACTS = dict(
    config='other',
    run=dict(Seed=1, Metrics={'Top 1 Accuracy': 60.0, 'Few': 10.0}, Hours=dict(other=1.5)),
    common=dict(Commit='abc', Epochs=5, Command=None),
)
_NOISE = [['Buy now.'], []]
SENTENCES = [
    dict(
        index=index,
        name=name,
        sentences=[
            dict(l_lin=0.5, anchor=True, sentence='A bird.'),
            dict(l_lin=None, anchor=False, sentence='Buy now.'),
        ],
    )
    for index, name in enumerate(['crane', 'sand bar'])
]


def percent(value) -> bool:
    """Whether a value is an accuracy."""
    return type(value) in (int, float) and 0 <= value <= 100


def _stage(folder) -> Stage:
    return Stage(_STAGE.path, RunOptions(work_dir=str(folder)), _STAGE.cfg, _STAGE.resolved)


def odd_record(value, content) -> str | None:
    """Check accuracies, epochs, the protocol and the predictions."""
    if any(not percent(v) and v == v for v in value.accuracy.values()):
        return 'odd accuracy'
    if value.epochs is not None and not (type(value.epochs) is int and 0 <= value.epochs < 2**31):
        return 'odd epochs'
    protocol, counts = value.protocol, value.protocol.splits.counts
    if protocol.num_images != len(value.labels) or type(protocol.num_images) is not int:
        return 'odd number of images'
    if not all(isinstance(t, str) and t.strip() for t in (protocol.test_set, protocol.prefix)):
        return 'odd test set or prefix'
    low, high = protocol.splits.thresholds
    if isinstance(low, bool) or isinstance(high, bool) or low < 0 or not high < 2**63:
        return 'odd thresholds'
    for classes in (value.labels, value.predicted):
        if not 0 <= classes.min() <= classes.max() < len(counts):
            return 'odd classes'
    sure = value.confidence
    if sure is not None and not (len(sure) == len(value.labels) and all((sure >= 0) & (sure <= 1))):
        return 'odd confidence'
    return None


def odd_predictions(value, content) -> str | None:
    """Compare both columns with the words of the file."""
    header, *rows = [line.split(',') for line in lines_of(content)]
    columns = [header.index(name) for name in ('label', 'predicted')]
    for array, column in zip(value, columns):
        words = [row[column] for row in rows]
        digits = all(word.isascii() and word.isdecimal() for word in words)
        if not digits or array.tolist() != [*map(int, words)]:
            return f'{header[column]} read as {array.tolist()}'
    return None if rows else 'no sample'


def _write_metafile(folder):
    (folder / 'metafile.yml').write_text('# A comment.\n' + yaml.safe_dump(_METAFILE))


def _use_metafile(folder):
    metafile = Metafile(folder / 'metafile.yml')
    for name in [model['Name'] for model in metafile.models]:
        metafile.find(name)
        run = dict(Seed=1, Metrics={'Top 1 Accuracy': 61.0})
        metafile.add_run(name, run, dict(Commit='abc', Epochs=5), replace=True)
    return metafile


def odd_metafile(value, content) -> str | None:
    """Check names, configs and numbers of all models."""
    for model in value.models:
        if any(map(odd_text, (model['Name'], model['Config']))):
            return 'odd name'
        paper = model.get('Metadata', {}).get('Paper Results', {})
        results = [result['Metrics'] for result in model['Results']]
        if not all(percent(v) for metrics in (paper, *results) for v in metrics.values()):
            return 'odd number'
        for result in model['Results']:
            if not all(type(seed) is int and seed >= 0 for seed in result['Seeds']):
                return 'odd seeds'
    return None


def _packed(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as pack:
        pack.writestr('result.json', content)
    return file.getvalue()


def _add_pack(folder):
    metafile = Metafile(folder / 'metafile.yml')
    return metafile, add_pack(str(folder / 'run.zip'), metafile)


def odd_result(value, content) -> str | None:
    """Check what a pack added."""
    metafile, result = value
    for model in metafile.models:
        model.setdefault('Results', [])
    return odd_metafile(metafile, content) or (
        None if result['Runs'] and isinstance(result['Commit'], str) else 'odd result'
    )


def odd_share(value, content) -> str | None:
    """Check three shares."""
    return None if all(map(percent, value.values())) else 'odd shares'


def _record_reader(name: str, file: str, inputs, odd=odd_record) -> Reader:
    return Reader(
        name,
        write({METRICS_FILE: RECORD, RESOLVED_FILE: _RESOLVED, PREDICTIONS_FILE: PREDICTIONS}),
        lambda folder: read_record('First', 3, [_stage(folder)]),
        inputs,
        lambda value: value.accuracy['top1'] == 75 and value.predicted.tolist() == [0, 1, 2, 1],
        odd,
        file,
        # The remedy of a record of another config is about the folder.
        (file, 'was made with another config'),
    )


def _not_run(odd):
    """Let a run without a record count as not run."""
    return lambda value, content: None if value is None else odd(value, content)


WRONG_PREDICTIONS = st.one_of(
    damaged_lines(PREDICTIONS.replace(',', ' ')).map(lambda content: content.replace(b' ', b',')),
    damaged_bytes(PREDICTIONS.encode()),
)
RESULT_READERS = [
    _record_reader('record of a run', METRICS_FILE, damaged_json(RECORD), _not_run(odd_record)),
    _record_reader('config of a run', RESOLVED_FILE, damaged_json(_RESOLVED)),
    _record_reader('predictions of a run', PREDICTIONS_FILE, WRONG_PREDICTIONS),
    Reader(
        'predictions',
        write({'predictions.csv': PREDICTIONS}),
        lambda folder: read_predictions(str(folder / 'predictions.csv')),
        WRONG_PREDICTIONS,
        lambda value: value[0].tolist() == [0, 0, 2, 1],
        odd_predictions,
        'predictions.csv',
    ),
    Reader(
        'metafile',
        _write_metafile,
        _use_metafile,
        st.one_of(
            damaged_json(_METAFILE),
            damaged_values(_METAFILE).map(lambda value: dump(value).encode()),
            damaged_bytes(yaml.safe_dump(_METAFILE).encode()),
        ),
        lambda value: value.find('row_shapes_lt')['Results'][0]['Seeds'] == [0, 1],
        odd_metafile,
        'metafile.yml',
    ),
    Reader(
        'pack of a run',
        lambda folder: (
            _write_metafile(folder),
            (folder / 'run.zip').write_bytes(_packed(json.dumps(_FACTS).encode())),
        ),
        _add_pack,
        st.one_of(
            damaged_json(_FACTS).map(_packed),
            damaged_json(_FACTS).map(_packed),
            damaged_bytes(_packed(json.dumps(_FACTS).encode())),
        ),
        lambda value: value[1]['Seeds'] == [1],
        odd_result,
        'run.zip',
        ('run.zip', 'metafile.yml'),
    ),
    *(
        Reader(
            f'share of noise, {file}',
            write({'anchors.json': SENTENCES, 'noise.json': _NOISE}),
            lambda folder: noise_share(str(folder / 'anchors.json'), str(folder / 'noise.json')),
            damaged_json(content),
            lambda value: value['corpus'] == 25,
            odd_share,
            file,
            ('anchors.json', 'noise.json'),
        )
        for file, content in (('anchors.json', SENTENCES), ('noise.json', _NOISE))
    ),
]
