"""The line to read from a comparison follows from its numbers."""

import pytest

from vlltr_mm.apis.comparison import reading_line
from vlltr_mm.apis.comparison.records import Comparison, RunRecord


def compare(**rows):
    """Make a comparison of top-1 and few-shot accuracies, one pair per seed."""

    def record(name, seed, top1, few):
        accuracy = dict(top1=top1, many=90.0, medium=80.0, few=few)
        return RunRecord(name, seed, accuracy, 9, protocol=None, labels=None, predicted=None)

    return Comparison(
        runs={
            name: [record(name, seed, *pair) for seed, pair in enumerate(pairs)]
            for name, pairs in rows.items()
        }
    )


def test_a_row_without_text_leads():
    found = compare(CE=[(79.4, 59.0)], LA=[(85.5, 77.5)], LGR=[(82.4, 72.9)], sum=[(81, 73)])
    assert reading_line(found, 'CE', ['LGR', 'sum']) == (
        'Over all classes LA leads with 85.5 (CE 79.4), and the best row with text, LGR, is 3.1 '
        'behind; on few-shot classes LA leads with 77.5 (CE 59.0), and the best row with text, '
        'sum, is 4.5 behind.'
    )


def test_a_row_with_text_leads_in_the_mean_of_the_seeds():
    found = compare(CE=[(79, 50), (81, 52)], LA=[(90, 60), (80, 60)], LGR=[(80, 70), (92, 60)])
    assert reading_line(found, 'CE', ['LGR']) == (
        'Over all classes LGR leads with 86.0 (CE 80.0), and the best row without text, LA, is '
        '1.0 behind; on few-shot classes LGR leads with 65.0 (CE 51.0), and the best row without '
        'text, LA, is 5.0 behind.'
    )


def test_the_base_leads_or_is_all_there_is():
    found = compare(CE=[(80.04, 50)], LGR=[(80, 60)])
    assert reading_line(found, 'CE', ['LGR']) == (
        'Over all classes CE leads with 80.0, and the best row with text, LGR, is as high; on '
        'few-shot classes LGR leads with 60.0 (CE 50.0), and no row without text does better '
        'than CE.'
    )


def test_rows_that_are_not_there_are_named():
    with pytest.raises(ValueError, match=r"has the rows \['CE'\]; it needs \['LGR'\]"):
        reading_line(compare(CE=[(80, 50)]), 'CE', ['LGR'])
    with pytest.raises(ValueError, match='it needs one without text'):
        reading_line(compare(CE=[(80, 50)]), 'CE', ['CE'])
