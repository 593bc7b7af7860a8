#!/bin/bash
# First process of a machine, in its own mount and process namespaces: $1 is the directory with its disk, $2 the directory
# of the repository, $3 this program's Node, $4 "systemd" where the machine has it.
set -e
base=$1 repository=$2 node=$3 init=$4
root=$base/root
share=/usr/lib/inventiv-vm
mount --make-rprivate /
mount -t overlay overlay -o lowerdir=/,upperdir="$base/upper",workdir="$base/work" "$root"

for place in root home opt srv mnt usr/local etc/systemd/system; do
  mkdir -p "$base/disk/$place" "$root/$place"
  mount --bind "$base/disk/$place" "$root/$place"
done
mount --bind "$base/share" "$root$share/share"
touch "$root$share/node"
mount --bind "$node" "$root$share/node"
mount --bind "$repository" "$root$share/repository"
mount -o remount,bind,ro "$root$share/repository"

mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
# A bare /dev: nothing of the host's disks is in reach.
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node_spec in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
  # shellcheck disable=SC2086
  set -- $node_spec
  mknod -m 666 "$root/dev/$1" c "$2" "$3"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"

mkdir -p "$root/.host"
cd "$root"
pivot_root . .host
umount -l /.host
rmdir /.host
hostname gpu-machine
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
exec </dev/null >/var/log/inventiv-vm-boot.log 2>&1
cd /
mkdir -p /run/sshd /run/lock
if [ "$init" = systemd ]; then
  mkdir -p /run/systemd/system
  for unit in $(ls /etc/systemd/system/multi-user.target.wants 2>/dev/null); do systemctl start "$unit" || true; done &
elif [ -x /usr/bin/dockerd ]; then
  setsid dockerd &
fi
/usr/sbin/sshd -D -e &
echo ready >"$share/share/booted"
# Collects what others leave behind, as a first process must.
sleep infinity &
while :; do wait || true; done
