# What the launch scripts share; sourced by them.
set -euo pipefail
TOOLS="$(dirname "${BASH_SOURCE[0]}")"
PYTHON="${PYTHON:-python}"
export PYTHONPATH="$TOOLS/..:${PYTHONPATH:-}"

# Print the comment that a script begins with.
usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

# End with status 2, the problem and the usage.
refuse() {
    echo "$(basename "$0"): $1" >&2
    usage >&2
    exit 2
}

# need NAMES "$@": an argument has to be there for each name; a checkpoint may be ''.
need() {
    case "${2:-}" in -h | --help) usage; exit 0 ;; esac
    local names=($1)
    shift
    for name in "${names[@]}"; do
        if [[ "${1--}" == -* || ( -z "$1" && "$name" != CHECKPOINT ) ]]; then
            refuse "$name is missing."
        fi
        shift
    done
}

# is_number VALUE: a whole number from 1 on.
is_number() {
    [[ "$1" =~ ^[1-9][0-9]*$ ]]
}

# set_gpus "$@": GPUS and REST from what follows the named arguments.
set_gpus() {
    case "${1--}" in
        -*)
            GPUS=$("$PYTHON" -c 'import torch; print(torch.cuda.device_count() or 1)')
            REST=("$@")
            ;;
        *)
            is_number "$1" || refuse "GPUS is '$1'; give a number from 1 on."
            GPUS=$1
            REST=("${@:2}")
            ;;
    esac
}

# run_torchrun TOOL ARGUMENTS...: $GPUS processes of this machine.
run_torchrun() {
    "$PYTHON" -m torch.distributed.run \
        --nnodes="${NNODES:-1}" \
        --node_rank="${NODE_RANK:-0}" \
        --master_addr="${MASTER_ADDR:-127.0.0.1}" \
        --master_port="${PORT:-29500}" \
        --nproc_per_node="$GPUS" \
        "$TOOLS/$1" "${@:2}" --launcher pytorch
}

# run_srun PARTITION JOB_NAME TOOL ARGUMENTS...: $GPUS tasks.
run_srun() {
    GPUS=${GPUS:-8}
    GPUS_PER_NODE=${GPUS_PER_NODE:-8}
    CPUS_PER_TASK=${CPUS_PER_TASK:-5}
    for name in GPUS GPUS_PER_NODE CPUS_PER_TASK; do
        is_number "${!name}" || refuse "$name is '${!name}'; give a number from 1 on."
    done
    # SRUN_ARGS is a list of words on purpose.
    # shellcheck disable=SC2086
    srun -p "$1" \
        --job-name="$2" \
        --gres="gpu:$GPUS_PER_NODE" \
        --ntasks="$GPUS" \
        --ntasks-per-node="$GPUS_PER_NODE" \
        --cpus-per-task="$CPUS_PER_TASK" \
        --kill-on-bad-exit=1 \
        ${SRUN_ARGS:-} \
        "$PYTHON" -u "$TOOLS/$3" "${@:4}" --launcher slurm
}
