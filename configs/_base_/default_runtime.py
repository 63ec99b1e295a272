default_scope = 'mmpretrain'
custom_imports = dict(imports=['vlltr_mm'], allow_failed_imports=False)
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='SafeCheckpointHook', interval=1, max_keep_ckpts=1),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='VisualizationHook', enable=False),
    training_counts=dict(type='TrainingCountsHook'),
    class_record=dict(type='ClassRecordHook'),
    random_state=dict(type='RandomStateHook'),
    sampling_prior=dict(type='SamplingPriorHook'),
    transform_epoch=dict(type='TransformEpochHook'),
    model_epoch=dict(type='ModelEpochHook'),
    finite_loss=dict(type='FiniteLossHook'),
    resumed_schedule=dict(type='ResumedScheduleHook'))
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))
visualizer = dict(
    type='UniversalVisualizer', vis_backends=[dict(type='LocalVisBackend')])
log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0, deterministic=False)
