"""What the tools are given and cannot use is refused in one line, before any work."""

import runpy
import sys

import pytest
from repo import REPO

TINY = 'demo/vlltr_tiny_shapes_lt'
STAGE1 = 'demo/cvlp_tiny_shapes_lt'
WIKI = 'dataset_converters/wikipedia_to_corpus.py'
LLM = '--url http://127.0.0.1:9/v1 --model m'


def run(monkeypatch, tool, *args):
    """Run a tool in this process; return its exit status or message."""
    file = REPO / 'tools' / tool
    monkeypatch.setattr(sys, 'argv', [str(file), *map(str, args)])
    monkeypatch.setattr(sys, 'path', [str(file.parent), *sys.path])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(file), run_name='__main__')
    return end.value.code


@pytest.mark.parametrize(
    'tool, args, message',
    [
        ('train.py', '', 'are required: config'),
        ('train.py', 'none.py', "Refused: There is no file 'none.py'"),
        ('train.py', 'folder', "Refused: There is no file 'folder'"),
        ('train.py', 'file', "Refused: 'file' is no config; its name must end in .py"),
        ('train.py', f'{TINY} --work-dir file/x', 'file is a file; name another folder'),
        ('train.py', f'{TINY} --pretrain-work-dir file', 'file is a file; name another folder'),
        ('train.py', f'{TINY} --resume none.pth', "Refused: 'none.pth' does not exist; name the"),
        ('train.py', f'{TINY} --auto-scale-lr', 'add auto_scale_lr = dict(base_batch_size=N)'),
        ('train.py', f'{TINY} --cfg-options a', "'a' is no key=value"),
        ('train.py', f'{TINY} --cfg-options train_cg.a=1', "is 'train_cfg' meant?"),
        ('train.py', f'{TINY} --feature-cache 0', 'no whole number from 1 on'),
        ('test.py', TINY, 'nothing to test without a checkpoint'),
        ('test.py', f'{TINY} none.pth', "'none.pth' does not exist; name a file"),
        ('test.py', f'{TINY} folder', "'folder' is a folder; name a file"),
        ('test.py', f'{TINY} file --out file/m.json', 'file is a file; name another folder'),
        ('test.py', f'{TINY} file --out folder', "'folder' is a folder; name a file in it"),
        ('test.py', f'{TINY} file --out m.txt', "'m.txt'; metrics can be written to a name that"),
        ('test.py', f'{TINY} file --out m', 'ends in .json, .yaml, .yml; --out-item pred to'),
        ('test.py', f'{TINY} file --out m.json --out-item pred', 'pred can be written to a name'),
        ('test.py', f'{TINY} file --out m.pkl --out-item metrics', 'metrics can be written to a'),
        ('test.py', f'{TINY} file --out-item pred', 'give --out too'),
        ('test.py', f'{TINY} file --tte 3', 'invalid choice: 3'),
        ('test.py', f'{STAGE1} file --tte', 'tests no classifier (model.type is CVLP)'),
        ('select_anchors.py', 'none file a', "Refused: There is no file 'none'"),
        ('select_anchors.py', f'{STAGE1} none a', "'none' does not exist; name a file"),
        ('select_anchors.py', f'{STAGE1} file file/a', 'file is a file; name another folder'),
        ('encode_features.py', '--out out', 'give either a config, or --pool or --train'),
        ('encode_features.py', f'{TINY} --tower RN50 --out out', 'give either --tower and --pre'),
        ('encode_features.py', '--pool folder --checkpoint file --out out', 'or the config of a'),
        (
            'encode_features.py',
            '--pool none --tower RN50 --pretrained file --kind x --out out',
            'give --prompts fine_grained too',
        ),
        (
            'encode_features.py',
            '--pool none --tower RN50 --pretrained file --prompts nix --out out',
            "Refused: templates is 'nix'; give one of 'imagenet'",
        ),
        (
            'encode_features.py',
            '--pool none --tower RN50 --pretrained file --out out',
            "Refused: 'none' does not exist; put a list, one 'path label' a line",
        ),
        ('demo.py', '--root file', 'file is a file; name another folder'),
        ('analysis_tools/calibrate.py', '', 'give either a config or --logits'),
        ('analysis_tools/calibrate.py', f'{TINY} --logits file', 'give either a config or'),
        ('analysis_tools/calibrate.py', 'none', "Refused: There is no file 'none'"),
        ('analysis_tools/calibrate.py', f'{TINY} none.pth', "'none.pth' does not exist; name a"),
        ('analysis_tools/calibrate.py', f'{TINY} file --weights 2', 'Refused: weights is 2.0'),
        ('analysis_tools/calibrate.py', f'{TINY} --out file', 'is a file; name another folder'),
        ('analysis_tools/calibrate.py', '--logits file', 'Refused: file is not a safetensors'),
        ('analysis_tools/check_corpus.py', '', 'give either a config or --labels'),
        ('analysis_tools/check_corpus.py', '--labels folder', "'folder' is a folder"),
        ('analysis_tools/check_corpus.py', '--labels file --prompts', 'Refused: '),
        ('analysis_tools/check_corpus.py', f'{STAGE1} --plot a.xyz', 'does not end in one of'),
        ('analysis_tools/check_corpus.py', f'{STAGE1} --page folder', "'folder' is a folder"),
        ('analysis_tools/check_corpus.py', f'{STAGE1} --anchors file', 'give --page too'),
        ('analysis_tools/check_recipe.py', 'none', "Refused: There is no file 'none'"),
        ('analysis_tools/check_recipe.py', f'{TINY} --gpus 0', 'no whole number from 1 on'),
        ('analysis_tools/compare.py', 'none', "Refused: There is no file 'none'"),
        ('analysis_tools/compare.py', f'{TINY} --root file', 'file is a file; name another'),
        ('analysis_tools/compare.py', f'{TINY} --seeds -1', '--seeds'),
        ('analysis_tools/compare_features.py', 'none.npz', "'none.npz' does not exist; name a"),
        ('analysis_tools/compare_features.py', 'folder', "Refused: 'folder' has neither train.s"),
        ('analysis_tools/compare_features.py', 'file --draws -1', '--draws'),
        ('analysis_tools/compare_features.py', 'file --root file', 'is a file; name another'),
        ('analysis_tools/results.py', '', 'are required: action'),
        ('analysis_tools/results.py', '--metafile none/a.yml check', 'Refused: '),
        ('analysis_tools/results.py', 'add none', "Refused: There is no file 'none'"),
        ('analysis_tools/results.py', 'add none.zip', "'none.zip' does not exist; put a"),
        ('dataset_converters/import_features.py', 'file', 'are required: --out'),
        ('dataset_converters/import_features.py', 'file --out out', "Refused: 'file' does not en"),
        ('dataset_converters/import_features.py', 'none.npy --out out', 'does not exist; name a'),
        ('dataset_converters/import_features.py', 'file --out file', 'is a file; name another'),
        ('dataset_converters/inat_to_list.py', 'none out', "'none' does not exist; name a file"),
        ('dataset_converters/inat_to_list.py', 'file file/out', 'file is a file; name another'),
        ('dataset_converters/inat_to_list.py', 'file out', 'Refused: '),
        ('dataset_converters/llm_to_corpus.py', 'a.json', 'are required: --url, --model'),
        ('dataset_converters/llm_to_corpus.py', f'a.json {LLM}', 'Refused: Give either a file of'),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names none',
            "'none' does not exist; name a file",
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --labels file',
            "Refused: file, line 1: 'hello' is not 'id index",
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.txt {LLM} --names file',
            "Refused: 'a.txt' does not end in .json",
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'file/a.json {LLM} --names file',
            'file is a file; name another',
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names file --prompts file',
            "file, line 1: 'hello' has no '{}'",
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names file --prompts x',
            "The prompts 'x' are no file and none",
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names file --classes 1',
            "'1' is no name of a class, and no",
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names file --body 1',
            "'1' is no JSON object",
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names file --temperature -1',
            'Refused: temperature is -1.0',
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names file --key-env s-1',
            'key_env is no name of an env',
        ),
        (
            'dataset_converters/llm_to_corpus.py',
            f'a.json {LLM} --names file --clean-only',
            "'a.answers.jsonl' does not exist",
        ),
        ('dataset_converters/make_long_tailed.py', 'none out --most 5', 'Refused: '),
        ('dataset_converters/make_long_tailed.py', 'folder out --most 5', 'Refused: '),
        ('dataset_converters/make_long_tailed.py', 'folder file --most 5', 'is a file; name ano'),
        ('dataset_converters/make_long_tailed.py', 'folder out --most 0', 'from 1 on'),
        ('dataset_converters/make_shapes_lt.py', '--out file', 'is a file; name another folder'),
        ('dataset_converters/make_shapes_lt.py', '--out out --num-classes 0', 'Refused: '),
        ('dataset_converters/noise_share.py', 'none', 'does not exist; name a file'),
        ('dataset_converters/noise_share.py', 'file --noise file', 'Refused: '),
        (WIKI, 'out --names file', 'one of the arguments --dump --jsonl --api is required'),
        (WIKI, 'out --dump file', 'one of the arguments --labels --names is required'),
        (WIKI, 'out --names none --dump file', "'none' does not exist; name a file"),
        (WIKI, 'file --names file --dump file', 'file is a file; name another folder'),
        (WIKI, 'out --names file --jsonl file --index file', '--index is that of a --dump'),
        (WIKI, 'out --names file --api https://a.example', 'give --user-agent with --api'),
        (WIKI, 'out --names file --api a --user-agent b@c', "Refused: api is 'a'; give the addr"),
        (WIKI, 'out --names file --dump file', "Refused: file begins with 'hello"),
        (WIKI, 'out --names file --dump file --index file', 'Refused: index is '),
        (WIKI, 'out --names file --jsonl none', "Refused: 'none' does not exist; name a file"),
        (WIKI, 'out --names file --jsonl folder', "Refused: 'folder' has no file"),
        (WIKI, 'folder --labels file --jsonl file', 'Refused: file, line 1'),
        ('dataset_converters/shift_test_list.py', 'none file out', "'none' does not exist"),
        ('dataset_converters/shift_test_list.py', 'file file out --ratios 0', 'from 1 on'),
        ('dataset_converters/shift_test_list.py', 'file file out', 'Refused: '),
        ('model_converters/light_checkpoint.py', 'x none out --to light', "'none' does not exist"),
        ('model_converters/light_checkpoint.py', 'x file folder --to light', 'is a folder; name'),
        ('model_converters/light_checkpoint.py', 'x file out --to light', 'no config of that name'),
        ('model_converters/merge_tuner.py', f'{STAGE1} none out', "'none' does not exist"),
        ('model_converters/merge_tuner.py', f'{STAGE1} file file/out', 'is a file; name another'),
        ('model_converters/merge_tuner.py', 'none file out', "Refused: There is no file 'none'"),
        ('model_converters/merge_tuner.py', f'{STAGE1} file out', 'Refused: '),
        ('model_converters/mm_to_open_clip.py', 'none out', "'none' does not exist"),
        ('model_converters/mm_to_open_clip.py', 'file file/out', 'is a file; name another'),
        ('model_converters/mm_to_open_clip.py', 'file out', 'Refused: '),
        ('model_converters/vlltr_release_to_mm.py', 'folder out', "'folder' is a folder"),
        ('model_converters/vlltr_release_to_mm.py', 'file folder', "'folder' is a folder; name"),
        ('model_converters/vlltr_release_to_mm.py', 'file out', 'Refused: '),
    ],
)
def test_refused_in_a_line(monkeypatch, tmp_path, capsys, tool, args, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'file').write_text('hello\n')
    (tmp_path / 'folder').mkdir()
    code = run(monkeypatch, tool, *args.split())
    last = code if isinstance(code, str) else capsys.readouterr().err.splitlines()[-1]
    assert message in last, last
    assert code not in (0, None) and '\n' not in last
    assert sorted(path.name for path in tmp_path.iterdir()) == ['file', 'folder']


def test_the_example_of_test_py(monkeypatch, tmp_path):
    """The name says what is written; --out-item may say otherwise."""
    asked = []
    monkeypatch.chdir(tmp_path)

    def pretend(config, checkpoint, options, predictions):
        asked.append(predictions)
        return dict(top1=5.0)

    monkeypatch.setattr('vlltr_mm.apis.test', pretend)
    (tmp_path / 'a.pth').touch()
    for out, more, predictions in (
        ('metrics.json', [], None),
        ('all.yaml', [], None),
        ('pred.pkl', [], 'pred.pkl'),
        ('out.yml', ['--out-item', 'metrics'], None),
    ):
        args = [TINY, 'a.pth', '--out', out, *more]
        monkeypatch.setattr(sys, 'argv', ['test.py', *args])
        monkeypatch.syspath_prepend(str(REPO / 'tools'))
        runpy.run_path(str(REPO / 'tools/test.py'), run_name='__main__')
        assert asked.pop() == predictions
        assert (tmp_path / out).exists() == (predictions is None)
    assert (tmp_path / 'metrics.json').read_text().replace('\n', '') == '{  "top1": 5.0}'
    monkeypatch.setattr(sys, 'argv', ['test.py', 'zeroshot_r50_imagenet_lt', ''])
    runpy.run_path(str(REPO / 'tools/test.py'), run_name='__main__')
    assert asked == [None]
