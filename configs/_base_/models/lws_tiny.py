# LWS: one learned scale per class on a linear head that is kept.
_base_ = 'linear_tiny.py'
row_name = 'LWS'
model = dict(head=dict(_delete_=True, type='LWSClsHead', in_channels=128))
