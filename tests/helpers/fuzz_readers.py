"""Every reader of files and arrays of people, a good input of each, and what is odd."""

from fuzz_argument_readers import ARGUMENT_READERS
from fuzz_calibration_readers import CALIBRATION_READERS
from fuzz_checkpoint_readers import CHECKPOINT_READERS
from fuzz_feature_readers import FEATURE_READERS
from fuzz_image_readers import IMAGE_READERS
from fuzz_language_model_readers import LANGUAGE_MODEL_READERS
from fuzz_list_readers import LIST_READERS
from fuzz_report_readers import REPORT_READERS
from fuzz_result_readers import RESULT_READERS
from fuzz_text_readers import TEXT_READERS
from fuzz_tokenizer_readers import TOKENIZER_READERS
from fuzz_wiki_readers import WIKI_READERS

_ALL = (
    *(LIST_READERS, ARGUMENT_READERS, TEXT_READERS, CALIBRATION_READERS, CHECKPOINT_READERS),
    *(FEATURE_READERS, RESULT_READERS, TOKENIZER_READERS, REPORT_READERS, IMAGE_READERS),
    WIKI_READERS,
    LANGUAGE_MODEL_READERS,
)
READERS = {reader.name: reader for readers in _ALL for reader in readers}
