from .anss_hook import AnSSHook
from .centroid_init_hook import CentroidInitHook
from .class_record_hook import ClassRecordHook
from .crop_ensemble_hook import CropEnsembleHook
from .deferred_reweighting_hook import DeferredReweightingHook
from .feature_bank_hook import FeatureBankHook
from .finite_loss_hook import FiniteLossHook
from .model_epoch_hook import ModelEpochHook
from .random_state_hook import RandomStateHook
from .resumed_schedule_hook import ResumedScheduleHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .sampling_prior_hook import SamplingPriorHook
from .sentence_bank_hook import SentenceBankHook
from .tau_sweep_hook import TauSweepHook
from .teacher_text_bank_hook import TeacherTextBankHook
from .test_time_aggregation_hook import TestTimeAggregationHook
from .text_classifier_init_hook import TextClassifierInitHook
from .training_counts_hook import TrainingCountsHook
from .transform_epoch_hook import TransformEpochHook

__all__ = [
    'AnSSHook',
    'CentroidInitHook',
    'ClassRecordHook',
    'CropEnsembleHook',
    'DeferredReweightingHook',
    'FeatureBankHook',
    'FiniteLossHook',
    'ModelEpochHook',
    'RandomStateHook',
    'ResumedScheduleHook',
    'SafeCheckpointHook',
    'SamplingPriorHook',
    'SentenceBankHook',
    'TauSweepHook',
    'TeacherTextBankHook',
    'TestTimeAggregationHook',
    'TextClassifierInitHook',
    'TrainingCountsHook',
    'TransformEpochHook',
]
