"""Pages and config headers tell the numbers of the metafile, whatever it holds."""

from analysis_tools._results import Metafile, stale_files
from repo import REPO

METAFILE = Metafile(REPO / 'configs' / 'metafile.yml')


def test_pages_and_headers_tell_its_numbers():
    assert stale_files(METAFILE) == [], 'run: python tools/analysis_tools/results.py write'


def test_every_number_has_a_row_on_the_results_page():
    page = (REPO / 'docs' / 'results.md').read_text(encoding='utf-8')
    for model in METAFILE.models:
        if 'Paper Results' in model['Metadata'] or model.get('Results'):
            path = model['Config'].removeprefix('configs/')
            assert f'| `{path}` |' in page, f'docs/results.md has no row for {path}'


def test_headers_of_the_papers_configs_have_both_lines():
    for model in METAFILE.models:
        if 'Paper Results' in model['Metadata']:
            text = (REPO / model['Config']).read_text(encoding='utf-8')
            assert text.count('\n# Paper, top1') == text.count('\n# Ours: ') == 1, model['Config']
