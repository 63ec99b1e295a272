from .anss_hook import AnSSHook
from .sentence_bank_hook import SentenceBankHook

__all__ = ['AnSSHook', 'SentenceBankHook']
