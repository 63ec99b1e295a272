"""The check of a GPU keeps what it found, whatever ends it, and runs where there is no GPU."""

import ast
import json
import subprocess
import sys
import time
from types import ModuleType

import pytest
import torch
from _gpu_check import kernels, loading, measuring, suite, wheels
from _gpu_check.running import Context, Report, Section, run_sections
from _gpu_check.summary import summarise
from gpu_check import SECTIONS, parse
from repo import REPO

from vlltr_mm.models import LGRHead

TOOL = 'tools/benchmarks/gpu_check.py'
# What the first sections may load of this project.
BARE_FILES = (
    'vlltr_mm/models/heads/blocked_attention.py',
    'vlltr_mm/models/heads/language_branch.py',
    'vlltr_mm/models/task_modules/linguistic_losses.py',
)


@pytest.fixture
def sections(monkeypatch):
    """Sections of a module that is made here, by what happens in them."""
    made = ModuleType('_gpu_check.made')

    def good(context):
        context.put(number=1)

    def fails(context):
        context.put(before=2)
        raise ValueError('no such number')

    def slow(context, seconds):
        context.put(before=3)
        time.sleep(seconds)

    def lacks(context):
        import no_such_package_at_all  # noqa: F401

    def large(context):
        with context.noted('first') as found:
            found['ms'] = 5.0
            raise RuntimeError('CUDA out of memory. Tried to allocate')
        context.put(second=6)

    for function in (good, fails, slow, lacks, large):
        setattr(made, function.__name__, function)
    monkeypatch.setitem(sys.modules, '_gpu_check.made', made)

    def make(*names):
        return {
            name: Section('made', name, 0.2, True, name, (9,) if name == 'slow' else ())
            for name in names
        }

    return make


def run(sections, path, minutes=1.0):
    report = Report(str(path), version=1)
    good = run_sections(sections, report, 'cpu', True, minutes)
    content = json.loads(path.read_text())
    assert content['sections'] == report.content['sections'] and content['version'] == 1
    return good, content['sections']


def test_sections_that_end_early_leave_the_others_alone(sections, tmp_path, capsys):
    good, found = run(sections('fails', 'slow', 'lacks', 'large', 'good'), tmp_path / 'out.json')
    assert not good
    assert found['fails']['status'] == 'failed: ValueError' and found['fails']['before'] == 2
    assert 'no such number' in found['fails']['error']
    assert found['slow']['status'] == 'cut off after 0 s' and found['slow']['before'] == 3
    assert found['slow']['seconds'] < 5
    assert found['lacks']['status'] == 'needs no_such_package_at_all'
    assert found['large'] == dict(
        status='ok', first=dict(ms=5.0, error='out of memory'), second=6, seconds=0.0
    )
    assert found['good'] == dict(status='ok', number=1, seconds=0.0)
    assert 'good: ok' in capsys.readouterr().out
    assert not list(tmp_path.glob('*.tmp'))


def test_a_section_without_time_is_named(sections, tmp_path):
    good, found = run(sections('good'), tmp_path / 'out.json', minutes=0.01)
    assert not good and found == dict(good=dict(status='no time left'))


def test_results_are_on_the_disk_while_a_section_runs(tmp_path):
    path = tmp_path / 'out.json'
    report = Report(str(path), small=True)
    report.put('head', ms=1.0)
    report.put('head', mib=2.0)
    assert json.loads(path.read_text()) == dict(
        small=True, sections=dict(head=dict(ms=1.0, mib=2.0))
    )
    Report(None).put('head', ms=1.0)  # no file


def test_numbers_that_are_none_stay_json():
    assert measuring.rounded(float('inf')) == 'inf' and measuring.rounded(None) is None
    assert measuring.rounded(123.456) == 123.5


@pytest.mark.parametrize(
    'name, peak',
    [('NVIDIA H100 80GB HBM3', 989.4), ('NVIDIA H100 PCIe', 756.0), ('NVIDIA L40S', 362.0)],
)
def test_peaks_go_by_the_name_of_the_card(name, peak):
    assert measuring.peak_tflops(name) == peak
    assert measuring.peak_tflops('a card of next year') is None


@pytest.mark.parametrize('path', BARE_FILES)
def test_files_for_bare_machines_import_torch_alone(path):
    allowed = {'torch', *sys.stdlib_module_names}
    for node in ast.walk(ast.parse((REPO / path).read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            assert {alias.name.split('.')[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module.split('.')[0] in allowed


def test_both_forms_of_the_branch_are_those_of_the_head():
    size = kernels.HeadSize(4, 6, 3, 8)
    branch = kernels.Branch(size, 'cpu')
    with torch.no_grad():
        branch.norm_k.weight.uniform_(0.5, 1.5)
    head = LGRHead(6, 8, 3, logit_scale=0.0)
    names = ('norm_q', 'norm_k', 'proj_q', 'proj_k')
    for name in names:
        getattr(head, name).load_state_dict(getattr(branch, name).state_dict())
    head.set_anchors(branch.anchors, branch.mask)
    right = head.language_logits(branch.x)
    torch.testing.assert_close(branch.ours(), right)
    torch.testing.assert_close(branch.plain(), right)


@pytest.mark.filterwarnings('ignore:The image decoding and encoding:DeprecationWarning')
def test_decoders_that_are_missing_are_named(monkeypatch):
    found = {}
    monkeypatch.setitem(sys.modules, 'turbojpeg', None)
    loading.decoders(Context('cpu', True, lambda **values: found.update(values)))
    assert found['turbojpeg'] == dict(missing='turbojpeg')
    assert found['pillow']['images_per_s'] > 0 and 90 < found['kilobytes'] < 130


def test_the_summary_compares_forms_and_shares():
    forms = dict(
        x_fp16_plain=dict(error='out of memory'),
        x_fp16_compiled=dict(ms=30.0, mib=200.0),
        x_fp16_ours=dict(ms=10.0, mib=50.0),
        x_fp16_ours_error=dict(cosine=1e-3),
    )
    step = dict(
        status='ok',
        images_per_s=900.0,
        tflops=300.0,
        share_of_peak=0.3,
        busy=0.95,
        step_ms=200.0,
        shares_ms={'image tower': 120.0, 'optimizer': 20.0},
        rest_ms=60.0,
    )
    amp = dict(finite=True, scale=4096.0, settled=True, skipped=2)
    text = summarise(
        dict(
            sections=dict(
                head=dict(forms, status='ok'),
                stage1=step,
                loader=dict(recipe=dict(images_per_s=800, workers=16, one_core=60), status='ok'),
                amp=dict(stage1_r50=amp, status='ok'),
                nccl=dict(status='cut off after 9 s'),
            )
        )
    )
    assert text.splitlines() == [
        'head x_fp16: plain out of memory, compiled 30.0 ms 200.0 MiB, ours 10.0 ms 50.0 MiB, '
        'compiled / ours 3.00 in time, 4.00 in memory',
        'stage1: 900.0 images/s, 300.0 TFLOP/s, 30% of the peak, busy 95%, image tower 60 %, '
        'optimizer 10 %, rest 30 %',
        'loader: 800 images/s of 16 processes, 60 of one core',
        'amp stage1_r50: finite True, scale 4096, settled True, 2 skipped',
        'nccl: cut off after 9 s',
    ]
    assert summarise(dict(sections={})) == ''


def test_every_section_has_its_function_and_config():
    for section in SECTIONS.values():
        source = (REPO / f'tools/benchmarks/_gpu_check/{section.module}.py').read_text()
        assert f'\ndef {section.function}(' in source
        for config in section.args:
            assert list((REPO / 'configs').rglob(f'{config}.py'))
    assert parse([]).section is None and parse([]).minutes == 7


def test_wheels_are_those_of_the_constraints():
    pinned = (REPO / 'requirements/constraints.txt').read_text().splitlines()
    assert {w for w in wheels.BASE if '==' in w} - {'setuptools==81.0.0'} <= set(pinned)
    text = wheels.describe()
    assert 'mmpretrain==1.2.0' in text and 'MiB' in text and '--no-deps' in text


def test_outcomes_of_tests_are_noted_one_by_one(monkeypatch, tmp_path):
    (tmp_path / 'tests').mkdir()
    (tmp_path / 'tests/test_made.py').write_text(
        "import pytest\npytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings('ignore')]\n"
        "@pytest.mark.parametrize('value', [0, 1])\ndef test_it(value):\n    assert value\n"
    )
    (tmp_path / 'tests/test_other.py').write_text('def test_it():\n    assert False\n')
    monkeypatch.setattr(suite, 'ROOT', tmp_path)
    found = {}
    with pytest.raises(RuntimeError, match='pytest ended with 1'):
        suite.suite(Context('cpu', True, lambda **values: found.update(values)))
    name = 'tests/test_made.py::test_it'
    assert found['outcomes'] == {f'{name}[0]': 'failed', f'{name}[1]': 'passed'}
    assert 'assert 0' in found['output']


def start(*args, **kwargs):
    command = [sys.executable, *args, '--device', 'cpu', '--small']
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, **kwargs)


@pytest.mark.slow
def test_torch_alone_is_enough_for_the_first_sections(tmp_path):
    blocked = ('mmengine', 'mmcv', 'mmpretrain', 'open_clip', 'cv2', 'vlltr_mm', 'rich')
    code = (
        f'import runpy, sys; sys.modules.update(dict.fromkeys({blocked!r}));'
        f"sys.path.insert(0, 'tools/benchmarks'); sys.argv[0] = '{TOOL}';"
        f"runpy.run_path('{TOOL}', run_name='__main__')"
    )
    out = tmp_path / 'out.json'
    bare = [name for name, section in SECTIONS.items() if section.bare]
    done = start('-c', code, '--section', *bare, 'stage1_r50', '--json', str(out))
    found = json.loads(out.read_text())['sections']
    assert {name: found[name]['status'] for name in bare} == dict.fromkeys(bare, 'ok'), done.stderr
    assert found['stage1_r50']['status'].startswith('needs ')
    assert found['decoders']['opencv'] == dict(missing='cv2')
    assert found['head']['tiny_fp32_ours_error']['gradient'] < 1e-5
    assert found['anss']['fp32_ours']['off'] < 1e-3
    assert done.returncode == 1


@pytest.mark.slow
def test_dry_run(tmp_path):
    """What needs the whole stack, each kind of step once; the tests run by themselves."""
    out = tmp_path / 'out.json'
    left_out = {'tests', 'stage2_vit', 'tuned_r50', 'tuned_vit'}
    names = [n for n, section in SECTIONS.items() if not section.bare and n not in left_out]
    done = start(TOOL, '--section', *names, '--json', str(out))
    content = json.loads(out.read_text())
    found = content['sections']
    assert {n: found[n]['status'] for n in names} == dict.fromkeys(names, 'ok'), done.stderr
    assert done.returncode == 0 and content['small'] and content['device'] == 'cpu'
    assert found['stage1_vit']['key'] == 'stage 1, ViT-B-16-quickgelu, 224 px, float16'
    parts = {'preprocessor', 'image tower', 'text tower', 'teacher', 'loss', 'optimizer'}
    assert set(found['stage1_r50']['shares_ms']) == parts
    assert found['stage1_r50']['gflop_per_image'] > 0
    assert found['amp']['stage1_r50']['finite'] and found['amp']['stage2_r50']['settled']
    assert found['chunked']['difference_float32']['vision_backbone'] < 1e-3
    assert found['chunked']['eight_gpus']['batch'] == 8 * found['chunked']['whole']['batch']
    assert found['ddp']['difference'] < 1e-3
    assert found['loader']['recipe']['one_core'] > 0
