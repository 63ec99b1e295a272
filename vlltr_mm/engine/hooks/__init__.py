from .anss_hook import AnSSHook
from .sentence_bank_hook import SentenceBankHook
from .teacher_text_bank_hook import TeacherTextBankHook

__all__ = ['AnSSHook', 'SentenceBankHook', 'TeacherTextBankHook']
