import {minuteMs} from '../../time.ts';
import type {PlainBootstrapStep} from '../bootstrap.ts';
import {shellQuote} from '../shell-quote.ts';
import {endFunction} from '../stop-worker.ts';
import {containerLabel, failFunction, hasSystemdFunction, paths, unitDirectory, unitPrefix} from './layout.ts';
import {scratchLabel, scratchMount} from './storage.ts';

/**
 * The way back of `machineBootstrap`: takes away what it brought, and nothing else. What was changed outside of the root
 * is in a list that goes last, so that an interrupted run is simply run again. Nothing installed: nothing to do.
 */
export function machineUninstall({instanceId}: {readonly instanceId: string}): PlainBootstrapStep {
  return {
    name: 'uninstall',
    timeoutMs: 10 * minuteMs,
    script: `
echo "::phase::uninstall"
${failFunction}
${hasSystemdFunction}
${endFunction}
cd "$INVENTIV_ROOT" 2>/dev/null || { echo '::fact::{"uninstall":"nothing installed"}'; exit 0; }
case "$INVENTIV_ROOT" in /?*) ;; *) fail STORAGE "the root of the installation is not a directory of its own." ;; esac
owner=$(cat ${paths.owner} 2>/dev/null || echo)
if [ -n "$owner" ] && [ "$owner" != ${shellQuote(instanceId)} ]; then echo '::fact::{"uninstall":"belongs to another instance"}'; exit 0; fi
scratch= cache_dir= docker_root=
[ ! -s ${paths.places} ] || . ./${paths.places}
changed() { grep -qx "$1" ${paths.changes} 2>/dev/null; }
${units}
for name in keep-front keep-agent front agent engine; do end "$name"; done
${docker(instanceId)}
${scratch}
case "$cache_dir" in "$INVENTIV_ROOT"/*|'') ;; */inventiv-cache) rm -rf "$cache_dir" ;; esac
${packages}
cd /
rm -rf "$INVENTIV_ROOT" || fail STORAGE "$INVENTIV_ROOT could not be removed."
echo '::fact::{"uninstall":"done"}'
`,
  };
}

const units = `if has_systemd; then
  for path in ${unitDirectory}/${unitPrefix}*.service; do
    [ -e "$path" ] || continue
    systemctl disable --now "$(basename "$path")" >/dev/null 2>&1 || :
    rm -f "$path"
  done
  systemctl daemon-reload
fi`;

/** An image goes only if it came with us and nobody else uses it; Docker's place only while nobody else uses Docker. */
function docker(instanceId: string): string {
  return `if command -v docker >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
  for name in $(docker ps -aq --filter label=${containerLabel}=${shellQuote(instanceId)}); do
    docker rm -f "$name" >/dev/null || fail WORKER_STUCK "the container $name does not go."
  done
  sed -n 's/^image //p' ${paths.changes} 2>/dev/null | while read -r image; do docker rmi "$image" >/dev/null 2>&1 </dev/null || :; done
  if changed docker-root && [ -z "$(docker ps -aq)" ] && [ -z "$(docker images -q)" ]; then
    if [ -s run/docker-daemon.before ]; then cp run/docker-daemon.before /etc/docker/daemon.json; else rm -f /etc/docker/daemon.json; fi
    if changed docker-config; then rmdir /etc/docker 2>/dev/null || :; fi
    if has_systemd; then systemctl restart docker; fi
    case "$docker_root" in "$scratch"/docker) rm -rf "$docker_root" ;; esac
  fi
fi`;
}

const scratch = `if changed scratch; then
  rm -rf ${scratchMount}/inventiv-cache
  umount ${scratchMount} 2>/dev/null && rmdir ${scratchMount}
  sed -i '/^LABEL=${scratchLabel} /d' /etc/fstab
fi`;

const packages = `mine=$(sed -n 's/^package //p' ${paths.changes} 2>/dev/null | tr '\\n' ' ')
if [ -n "$mine" ]; then
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 purge $mine > log/packages.log 2>&1 || fail PACKAGES "the packages $mine could not be removed: $(grep -m 1 '^E:' log/packages.log | cut -c 1-200)"
fi
if changed 'mask haproxy.service' && has_systemd; then systemctl unmask haproxy.service >/dev/null 2>&1 || :; fi`;
