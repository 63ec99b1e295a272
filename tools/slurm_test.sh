#!/usr/bin/env bash
# Test as a Slurm job step.
# Usage: [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS=...] \
#     tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [options of tools/test.py]
# CHECKPOINT: '' for a config that trains nothing and has none.
. "$(dirname "$0")/_launch.sh"
need 'PARTITION JOB_NAME CONFIG CHECKPOINT' "$@"
run_srun "$1" "$2" test.py "$3" "$4" "${@:5}"
