import {shellQuote} from '../shell-quote.ts';
import {failFunction, hasSystemdFunction, paths} from './layout.ts';
import type {MachineBootstrapRequest} from './request.ts';

/** The engine image takes about 30 GB unpacked; with the pull itself and its caches (vLLM contract, section 10). */
const imageBytesNeeded = 40e9;
/** A disk below this is no place for images and weights. */
const scratchBytesMin = 100e9;
export const scratchLabel = 'inventiv-scratch';
export const scratchMount = '/mnt/inventiv-scratch';
/** Where the GPU images of cloud providers mount a scratch disk themselves. */
const knownScratchMounts = ['/scratch', '/mnt/scratch'];

/**
 * Chooses where Docker keeps images and where weights and compile caches go, and writes it down for the later steps. On
 * machines of ours: the root file system is grown to its disk, and a scratch disk is used: one that is mounted, one that
 * this step formatted before, or one that is provably empty. A disk that holds anything is never formatted.
 */
export function storageScript({managesDisks, runtime}: MachineBootstrapRequest, image: string | null): string {
  return `
echo "::phase::storage"
${failFunction}
${hasSystemdFunction}
cd "$INVENTIV_ROOT" || exit 40
umask 022
touch ${paths.changes}
scratch=
if [ -s ${paths.places} ]; then . ./${paths.places}; fi
${managesDisks ? ownDisks : ''}
cache_dir=$INVENTIV_ROOT/cache
[ -z "$scratch" ] || cache_dir=$scratch/inventiv-cache
mkdir -p "$cache_dir/huggingface" "$cache_dir/vllm" || fail DISK_FULL "$cache_dir cannot be written."
${runtime === 'docker' ? `image=${shellQuote(image ?? '')}\n${dockerRoot}` : 'docker_root='}
printf 'scratch=%s\\ncache_dir=%s\\ndocker_root=%s\\n' "'$scratch'" "'$cache_dir'" "'$docker_root'" > ${paths.places}.new
mv ${paths.places}.new ${paths.places}
echo "::fact::{\\"scratch\\":\\"$scratch\\",\\"cache_dir\\":\\"$cache_dir\\",\\"docker_root\\":\\"$docker_root\\"}"
`;
}

const ownDisks = `
root_source=$(findmnt -nro SOURCE / 2>/dev/null)
case "$root_source" in
  /dev/*)
    parent=$(lsblk -nro PKNAME "$root_source" 2>/dev/null | head -n 1)
    part=$(echo "$root_source" | grep -o '[0-9]*$')
    if [ -n "$parent" ] && [ -n "$part" ] && command -v growpart >/dev/null 2>&1; then growpart "/dev/$parent" "$part" >/dev/null 2>&1 || true; fi
    case "$(findmnt -nro FSTYPE /)" in
      ext4) resize2fs "$root_source" >/dev/null 2>&1 || true ;;
      xfs) xfs_growfs / >/dev/null 2>&1 || true ;;
    esac ;;
esac
is_big() { size=$(df -Pk "$1" 2>/dev/null | awk 'NR==2 {print $2}'); [ "\${size:-0}" -ge ${Math.ceil(scratchBytesMin / 1024)} ]; }
if [ -z "$scratch" ]; then
  for place in ${knownScratchMounts.join(' ')}; do
    if [ "$(findmnt -nro TARGET "$place" 2>/dev/null)" = "$place" ] && is_big "$place"; then scratch=$place; break; fi
  done
fi
if [ -z "$scratch" ] || [ "$scratch" = ${scratchMount} ]; then
  device=$(blkid -L ${scratchLabel} 2>/dev/null || true)
  if [ -z "$device" ] && [ -z "$scratch" ]; then
    # Empty: a whole disk, big enough, without partitions, without any signature, used by nothing.
    for name in $(lsblk -bdnro NAME,TYPE,SIZE 2>/dev/null | awk '$2 == "disk" && $3 >= ${scratchBytesMin} {print $3, $1}' | sort -rn | awk '{print $2}'); do
      [ "$(lsblk -nro NAME "/dev/$name" | wc -l)" = 1 ] || continue
      [ -z "$(lsblk -nro MOUNTPOINT "/dev/$name" | tr -d '[:space:]')" ] || continue
      blkid -p "/dev/$name" >/dev/null 2>&1
      # 2: nothing was recognised. Anything else, a doubt too, leaves the disk as it is.
      [ $? = 2 ] || continue
      [ -z "$(head -c 1048576 "/dev/$name" 2>/dev/null | tr -d '\\0' | head -c 1)" ] || continue
      device=/dev/$name
      echo "formatting $device, which is empty"
      mkfs.ext4 -q -m 0 -L ${scratchLabel} "$device" || fail STORAGE "$device could not be formatted."
      break
    done
  fi
  if [ -n "$device" ]; then
    mkdir -p ${scratchMount}
    if [ "$(findmnt -nro TARGET ${scratchMount} 2>/dev/null)" != ${scratchMount} ]; then
      mount -o noatime "$device" ${scratchMount} || fail STORAGE "$device could not be mounted."
    fi
    grep -q "LABEL=${scratchLabel}" /etc/fstab || echo "LABEL=${scratchLabel} ${scratchMount} ext4 noatime,nofail,x-systemd.before=docker.service 0 2" >> /etc/fstab
    grep -qx 'scratch' ${paths.changes} || echo scratch >> ${paths.changes}
    scratch=${scratchMount}
  elif [ "$scratch" = ${scratchMount} ]; then
    # A stopped machine comes back without its scratch disk: what was there is fetched again.
    scratch=
  fi
fi`;

/** Docker's own place, unless a scratch disk is there and Docker holds nothing yet that would be lost from sight. */
const dockerRoot = `
docker_root=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null) || fail DOCKER_DOWN "Docker does not answer."
wanted_root=$docker_root
[ -z "$scratch" ] || wanted_root=$scratch/docker
if [ "$wanted_root" != "$docker_root" ] && [ -z "$(docker ps -aq)" ] && [ -z "$(docker images -q)" ]; then
  [ -d /etc/docker ] || grep -qx 'docker-config' ${paths.changes} || echo docker-config >> ${paths.changes}
  mkdir -p /etc/docker "$wanted_root"
  [ -e run/docker-daemon.before ] || cp /etc/docker/daemon.json run/docker-daemon.before 2>/dev/null || : > run/docker-daemon.before
  grep -qx 'docker-root' ${paths.changes} || echo docker-root >> ${paths.changes}
  python3 - "$wanted_root" <<'END' || fail STORAGE "Docker's configuration /etc/docker/daemon.json is not JSON."
import json, os, sys

path = "/etc/docker/daemon.json"
text = open(path).read() if os.path.exists(path) else ""
config = json.loads(text) if text.strip() else {}
config["data-root"] = sys.argv[1]
with open(path + ".new", "w") as file:
    json.dump(config, file, indent=2)
os.replace(path + ".new", path)
END
  if has_systemd; then systemctl restart docker; else fail STORAGE "Docker has to be restarted to move to $wanted_root, and there is no systemd."; fi
  tries=0
  until docker_root=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null) || [ $tries -ge 30 ]; do sleep 1; tries=$((tries+1)); done
  [ "$docker_root" = "$wanted_root" ] || fail STORAGE "Docker did not move to $wanted_root."
fi
if ! docker image inspect "$image" >/dev/null 2>&1; then
  free=$(df -Pk "$docker_root" | awk 'NR==2 {print $4}')
  [ "$free" -ge ${Math.ceil(imageBytesNeeded / 1024)} ] || fail DISK_FULL "$docker_root has $((free / 1000000)) GB left, the engine image needs ${imageBytesNeeded / 1e9} GB."
fi`;
