#!/bin/bash
# Tries both SLURM templates for real, on a SLURM of one node that it starts and stops: the tables
# must be the same bytes as that of a sweep by one process. Needs root and Debian's packages
# slurmctld slurmd slurm-client slurm-wlm-basic-plugins; changes nothing in /etc.
#
#   make slurm
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d /tmp/flowtribe-slurm.XXXXXX) sweep=benchmarks/sweeps/integration.yaml
export SLURM_CONF=$work/slurm.conf FLOWTRIBE_CACHE=${XDG_CACHE_HOME:-$work/cache}
export PYTHONPATH=$PWD USER=${USER:-root}
host=$(hostname -s) cores=$(nproc)
cat >"$SLURM_CONF" <<EOF
ClusterName=proof
SlurmctldHost=$host
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldPort=${SLURM_PORT:-16817}
SlurmdPort=$((${SLURM_PORT:-16817} + 1))
MpiDefault=none
ReturnToService=2
NodeName=$host CPUs=$cores RealMemory=8000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
EOF
mkdir -p "$work/state" "$work/spool"
slurmctld -D >"$work/slurmctld.log" 2>&1 &
control=$!
slurmd -D -N "$host" >"$work/slurmd.log" 2>&1 &
node=$!
trap 'kill $node $control 2>/dev/null; wait; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
until sinfo -h -o %t 2>/dev/null | grep -q idle; do sleep 1; kill -0 $control $node; done

python -m sim sweep $sweep --workers 1 --quiet --out "$work/serial"
small=(--wait --mem-per-cpu=0 --output="$work/%j.out")
sbatch "${small[@]}" --ntasks="$cores" benchmarks/cluster/dask.sbatch $sweep "$work/dask" ||
	{ cat "$work"/*.out; exit 1; }
sbatch "${small[@]}" --array=1-4 benchmarks/cluster/array.sbatch $sweep "$work/array" ||
	{ cat "$work"/*.out; exit 1; }
python -m sim sweep merge "$work/array"
for way in dask array; do
	cmp "$work/serial/results.parquet" "$work/$way/results.parquet"
	echo "$way.sbatch: the same bytes as one process"
done
