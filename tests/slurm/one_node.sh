#!/usr/bin/env bash
# A Slurm of one node for tests, in a directory of its own and with ports of its own.
#   tests/slurm/one_node.sh missing      prints the programs that are not there
#   tests/slurm/one_node.sh start DIR    starts munged, slurmctld and slurmd, and waits until the node is idle
#   tests/slurm/one_node.sh stop DIR     ends them, and whatever a job has left
# Others than this script set SLURM_CONF=DIR/slurm.conf to talk to it.
# Everything runs as whoever calls it. Nothing outside DIR is written.

slurm_programs=(munged slurmctld slurmd sbatch squeue scontrol scancel)

# Prints the programs that are missing.
missing_slurm() {
  local program
  for program in "${slurm_programs[@]}"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || echo "$program"
  done
}

slurm_free_port() {
  local port
  while port=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

slurm_write_conf() {
  local dir=$1 host me
  host=$(hostname -s)
  me=$(id -un)
  cat >"$dir/slurm.conf" <<END
ClusterName=one_node
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(slurm_free_port)
SlurmdPort=$(slurm_free_port)
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
  printf 'CgroupPlugin=cgroup/v1\nIgnoreSystemd=yes\n' >"$dir/cgroup.conf"
}

start_slurm() {
  local dir=$1 i
  PATH="$PATH:/usr/sbin:/sbin"
  mkdir -p "$dir/state" "$dir/spool"
  chmod 755 "$dir"
  slurm_write_conf "$dir"
  export SLURM_CONF=$dir/slurm.conf
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge.key")
  munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
    --log-file="$dir/munged.log" --seed-file="$dir/munge.seed" 2>"$dir/munged.err"
  slurmctld -c >"$dir/slurmctld.out" 2>&1
  slurmd >"$dir/slurmd.out" 2>&1
  for ((i = 0; i < 300; i++)); do
    [[ $(sinfo -h -o %T 2>/dev/null) == idle ]] && return
    sleep 0.1
  done
  echo "the node of Slurm did not become idle in 30 s" >&2
  tail -n 20 "$dir"/*.err "$dir"/*.out "$dir"/*.log >&2
  return 1
}

stop_slurm() {
  local dir=$1 name
  scancel --full --me >/dev/null 2>&1 || true
  for name in slurmd slurmctld munged; do
    [[ -s $dir/$name.pid ]] && kill "$(<"$dir/$name.pid")" 2>/dev/null
  done
  sleep 1
}

case ${1:-} in
  missing) missing_slurm ;;
  start) set -e && start_slurm "$2" ;;
  stop) PATH="$PATH:/usr/sbin:/sbin" SLURM_CONF=$2/slurm.conf && export PATH SLURM_CONF && stop_slurm "$2" ;;
esac
