#!/usr/bin/env bash
# Train as a Slurm job step.
# Usage: [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS=...] \
#     tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [options of tools/train.py]
. "$(dirname "$0")/_launch.sh"
need 'PARTITION JOB_NAME CONFIG WORK_DIR' "$@"
run_srun "$1" "$2" train.py "$3" --work-dir "$4" "${@:5}"
