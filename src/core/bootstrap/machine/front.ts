import {shellQuote} from '../shell-quote.ts';
import {prepareFront} from './front-config.ts';
import {failFunction, hasSystemdFunction, paths} from './layout.ts';
import type {MachineBootstrapRequest} from './request.ts';
import {serviceScript} from './service.ts';

const certificateDays = 3650;

/** HAProxy as a service of its own: own configuration, own certificate, never the distribution's unit. */
export function frontScript({instanceId}: MachineBootstrapRequest): string {
  const service = serviceScript({
    name: 'front',
    argv: ['haproxy', '-W', '-db', '-f', paths.frontConfig, '-f', paths.frontUser],
    prepare: prepareFront,
    keptAlive: true,
    inputs: [paths.frontConfig, paths.frontUser, paths.frontKeys, paths.certificate],
    stopSignal: 'USR1',
    stopSeconds: 65,
  });
  return `
echo "::phase::front"
${failFunction}
${hasSystemdFunction}
cd "$INVENTIV_ROOT" || exit 46
umask 077
${installHaproxy}
${makeCertificate(instanceId)}
user=nobody
id haproxy >/dev/null 2>&1 && user=haproxy
printf 'global\n    user %s\n    group %s\n' "$user" "$(id -gn $user)" > ${paths.frontUser}
${prepareFront}
haproxy -c -q -f ${paths.frontConfig} -f ${paths.frontUser} > run/front.err 2>&1 || fail HAPROXY_CONFIG "haproxy refuses its configuration: $(grep -m 1 ALERT run/front.err | cut -c 1-300)"
rm -f run/front.err
echo "::fact::{\\"haproxy\\":\\"$(haproxy -v | grep -o '[0-9][0-9.]*' | head -n 1)\\"}"
${service}
`;
}

/**
 * What apt would install is written down before it does, so that exactly that can be taken away again; the unit that the
 * package brings is masked before it is there, so that it never starts.
 */
const installHaproxy = `
if ! command -v haproxy >/dev/null 2>&1; then
  command -v apt-get >/dev/null 2>&1 || fail HAPROXY_MISSING "haproxy is not installed, and there is no apt-get to install it."
  export DEBIAN_FRONTEND=noninteractive
  apt="apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
  $apt update > log/packages.log 2>&1 || :
  $apt install --simulate --no-install-recommends haproxy 2>>log/packages.log | awk '$1 == "Inst" {print "package " $2}' > run/packages.new
  while read -r line; do grep -qx "$line" ${paths.changes} 2>/dev/null || echo "$line" >> ${paths.changes}; done < run/packages.new
  rm -f run/packages.new
  if has_systemd; then
    grep -qx 'mask haproxy.service' ${paths.changes} 2>/dev/null || echo 'mask haproxy.service' >> ${paths.changes}
    systemctl mask haproxy.service >/dev/null 2>&1 || :
  fi
  $apt install -y --no-install-recommends haproxy >> log/packages.log 2>&1 || fail HAPROXY_INSTALL "haproxy could not be installed: $(grep -m 1 '^E:' log/packages.log | cut -c 1-200)"
  echo '::fact::{"haproxy_installed":true}'
fi`;

/** The certificate stays for as long as the installation does: callers have pinned it. */
function makeCertificate(instanceId: string): string {
  return `
if ! openssl x509 -noout -checkend 86400 -in ${paths.certificate} >/dev/null 2>&1; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days ${certificateDays} -subj ${shellQuote(`/CN=${instanceId}`)} \\
    -addext ${shellQuote(`subjectAltName=DNS:${instanceId.replaceAll('_', '-')}`)} -keyout run/front.key -out run/front.crt >run/front.err 2>&1 || fail CERTIFICATE "openssl could not make a certificate: $(tail -n 1 run/front.err | cut -c 1-200)"
  cat run/front.crt run/front.key > ${paths.certificate}.new
  chmod 600 ${paths.certificate}.new
  mv ${paths.certificate}.new ${paths.certificate}
  rm -f run/front.key run/front.crt run/front.err
fi
fingerprint=$(openssl x509 -in ${paths.certificate} -outform DER | sha256sum | cut -d ' ' -f 1)
echo "::fact::{\\"tls_fingerprint_sha256\\":\\"$fingerprint\\"}"`;
}
