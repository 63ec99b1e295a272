from .anchors import select_anchors
from .checks import RecipeReport, check_recipe, print_report
from .conversion import (
    ConversionReport,
    convert_light,
    convert_release,
    export_open_clip,
    merge_tuner,
)
from .inference import Prediction, Predictor, predict
from .running import (
    RunOptions,
    find_config,
    load_config,
    test,
    train,
    use_feature_cache,
    use_test_time_ensemble,
)

__all__ = [
    'ConversionReport',
    'Prediction',
    'Predictor',
    'RecipeReport',
    'RunOptions',
    'check_recipe',
    'convert_light',
    'convert_release',
    'export_open_clip',
    'find_config',
    'load_config',
    'merge_tuner',
    'predict',
    'print_report',
    'select_anchors',
    'test',
    'train',
    'use_feature_cache',
    'use_test_time_ensemble',
]
