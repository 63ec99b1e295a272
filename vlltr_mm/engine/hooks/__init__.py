from .anss_hook import AnSSHook
from .deferred_reweighting_hook import DeferredReweightingHook
from .sentence_bank_hook import SentenceBankHook
from .teacher_text_bank_hook import TeacherTextBankHook

__all__ = [
    'AnSSHook', 'DeferredReweightingHook',
    'SentenceBankHook', 'TeacherTextBankHook'
]
