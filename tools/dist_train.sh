#!/usr/bin/env bash
# Train on several processes of this machine, or of NNODES machines.
# Usage: tools/dist_train.sh CONFIG [GPUS] [options of tools/train.py]
# GPUS: default all of this machine; without any, one process on the CPU.
. "$(dirname "$0")/_launch.sh"
need CONFIG "$@"
set_gpus "${@:2}"
run_torchrun train.py "$1" ${REST[@]+"${REST[@]}"}
