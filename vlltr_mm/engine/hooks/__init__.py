from .anss_hook import AnSSHook
from .deferred_reweighting_hook import DeferredReweightingHook
from .feature_bank_hook import FeatureBankHook
from .finite_loss_hook import FiniteLossHook
from .resumed_schedule_hook import ResumedScheduleHook
from .sentence_bank_hook import SentenceBankHook
from .tau_sweep_hook import TauSweepHook
from .teacher_text_bank_hook import TeacherTextBankHook

__all__ = [
    'AnSSHook',
    'DeferredReweightingHook',
    'FeatureBankHook',
    'FiniteLossHook',
    'ResumedScheduleHook',
    'SentenceBankHook',
    'TauSweepHook',
    'TeacherTextBankHook',
]
