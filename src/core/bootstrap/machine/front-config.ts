import {endpoints} from '../../proxy/endpoints.ts';
import {agentLoopbackPort, paths} from './layout.ts';
import {replicasOf} from './replicas.ts';
import type {MachineBootstrapRequest} from './request.ts';

/**
 * What the front lets through to the engines: what our proxy sends there, and what readiness asks. Nothing that loads,
 * unloads or stops things, and not `/invocations`, which vLLM itself leaves open (vLLM contract, section 1).
 */
const engineRoutes = [
  ...['/health', '/version', '/v1/models'],
  ...Object.values(endpoints).map(({upstreamPath}) => upstreamPath),
];
/** Answers of the engines that have an address of their own. */
const engineRoutesBelow = ['/v1/responses'];
const agentRoutes = ['/readyz', '/info', '/metrics', '/logs', '/logs/engine', '/warmup'] as const;

/** An answer may be silent for as long as its prompt waits in a queue and is read. */
const answerTimeoutSeconds = 3600;
const sessionHeader = 'X-Inventiv-Session';

/**
 * HAProxy's configuration, for 2.4 and newer: TLS with the machine's own certificate, the key of the instance before
 * anything else, the list of routes. Paths are relative to `$INVENTIV_ROOT`, where it is started; the key is in a file.
 */
export function frontConfig(request: MachineBootstrapRequest): string {
  const replicas = replicasOf(request);
  const {openaiPort, agentPort} = request;
  return `# Made by inventiv. The only thing of this machine that faces the network.
global
    hard-stop-after 60s
    stats socket unix@run/front.sock mode 600 level admin
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
    tune.bufsize 32768
    log stdout format raw local0 warning

defaults
    mode http
    log global
    option dontlognull
    option dontlog-normal
    option http-no-delay
    option splice-auto
    timeout connect 5s
    timeout client ${answerTimeoutSeconds}s
    timeout server ${answerTimeoutSeconds}s
    timeout http-request 30s
    timeout http-keep-alive 75s
    timeout queue 60s
    timeout tunnel ${answerTimeoutSeconds}s

frontend openai
    bind "\${FRONT_BIND}${openaiPort}" v4v6 ssl crt ${paths.certificate} alpn http/1.1
${guards(engineRoutes, engineRoutesBelow)}
    default_backend engines

frontend agent
    bind "\${FRONT_BIND}${agentPort}" v4v6 ssl crt ${paths.certificate} alpn http/1.1
${guards(agentRoutes, [])}
    default_backend agent

backend engines
    balance leastconn
    option httpchk GET /health
    http-check expect status 200
    option redispatch 1
    retry-on conn-failure
    retries 2
${replicas.length > 1 ? sticky : ''}    default-server check inter 2s fall 2 rise 1 maxconn 4096
${replicas.map(({name, port}) => `    server ${name} 127.0.0.1:${port}`).join('\n')}

backend agent
    server agent 127.0.0.1:${agentLoopbackPort}
`;
}

/**
 * Where it binds: `:::` for IPv6 and IPv4, `*:` where the machine has no IPv6. How many connections it takes follows from
 * the files it may open, which is bounded here.
 */
export const prepareFront =
  'ulimit -n 20000 2>/dev/null || ulimit -n "$(ulimit -Hn)"; if [ -e /proc/net/if_inet6 ]; then FRONT_BIND=:::; else FRONT_BIND=\'*:\'; fi; export FRONT_BIND';

/** One session stays on one engine, whose prefix cache knows it. */
const sticky = `    stick-table type string len 128 size 100k expire 30m
    stick on req.hdr(${sessionHeader}) if { req.hdr(${sessionHeader}) -m found }
`;

const noKey = openAiError('Send the key of this worker: Authorization: Bearer KEY.', 'invalid_api_key');
const noRoute = openAiError('No such route on this worker.', 'not_found');

/** As HAProxy's words: the type and the body of an answer. */
function openAiError(message: string, code: string): string {
  const body = JSON.stringify({error: {message, type: 'invalid_request_error', param: null, code}});
  return `content-type application/json lf-string '${body}'`;
}

/** `/healthz` for anybody; the key for all else; then the list. A stranger cannot even learn which routes there are. */
function guards(exact: readonly string[], below: readonly string[]): string {
  const listed = [`!{ path ${exact.join(' ')} }`, ...below.map(path => `!{ path_beg ${path}/ }`)].join(' ');
  return `    http-request return status 200 content-type text/plain lf-string "ok\\n" if { path /healthz }
    http-request return status 401 ${noKey} hdr WWW-Authenticate Bearer unless { req.hdr(authorization) -m str -f ${paths.frontKeys} }
    http-request return status 404 ${noRoute} if { path -m sub .. // % \\\\ }
    http-request return status 404 ${noRoute} if ${listed}`;
}
