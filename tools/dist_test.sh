#!/usr/bin/env bash
# Test on several processes of this machine, or of NNODES machines.
# Usage: tools/dist_test.sh CONFIG CHECKPOINT [GPUS] [options of tools/test.py]
# CHECKPOINT: '' for a config that trains nothing and has none.
# GPUS: default all of this machine; without any, one process on the CPU.
. "$(dirname "$0")/_launch.sh"
need 'CONFIG CHECKPOINT' "$@"
set_gpus "${@:3}"
run_torchrun test.py "$1" "$2" ${REST[@]+"${REST[@]}"}
