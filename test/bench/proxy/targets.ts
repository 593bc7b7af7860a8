import type {ChildProcess} from 'node:child_process';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {listening, nextMessage, startOn} from './processes.ts';

export const targetNames = ['direct', 'inventiv', 'haproxy', 'nginx', 'portkey'] as const;
export type TargetName = (typeof targetNames)[number];

/** Something to send requests to. `child` is null for the upstream itself. */
export interface Target {
  readonly name: TargetName;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly child: ChildProcess | null;
}

export interface Place {
  readonly upstreamPort: number;
  readonly cores: string | null;
  readonly scratch: string;
  /** Arguments for Node in front of inventiv, such as `--cpu-prof`. */
  readonly nodeArgs: readonly string[];
}

/** Starts one target; null, and a line on stderr, when its program is not there. */
export async function startTarget(name: TargetName, place: Place): Promise<Target | null> {
  if (name === 'direct') return {name, port: place.upstreamPort, headers: {}, child: null};
  const scratch = join(place.scratch, name);
  mkdirSync(scratch);
  const started = await starters[name]({...place, scratch});
  if (started === null) process.stderr.write(`${name} is not installed: left out\n`);
  return started && {name, headers: {}, ...started};
}

type Starter = (place: Place) => Promise<{port: number; headers?: Record<string, string>; child: ChildProcess} | null>;

const starters: Record<Exclude<TargetName, 'direct'>, Starter> = {
  inventiv: async ({upstreamPort, cores, scratch, nodeArgs}) => {
    const script = join(import.meta.dirname, 'inventiv-server.ts');
    const child = startOn(cores, [process.execPath, ...nodeArgs, script, scratch, String(upstreamPort)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {...process.env, NODE_ENV: 'production'},
    });
    const {port, key} = await nextMessage<{port: number; key: string}>(child);
    return {port, headers: {authorization: `Bearer ${key}`}, child};
  },
  haproxy: place => fromConfig(place, 'haproxy', haproxyConfig, file => ['-db', '-f', file]),
  nginx: place => fromConfig(place, 'nginx', nginxConfig, file => ['-e', 'stderr', '-c', file]),
  portkey: async ({upstreamPort, cores}) => {
    const home = join(import.meta.dirname, 'portkey');
    if (!existsSync(join(home, 'node_modules'))) {
      const {status} = spawnSync('npm', ['ci', '--loglevel=error', '--ignore-scripts'], {cwd: home, stdio: 'inherit'});
      if (status !== 0) return null;
    }

    const port = await freePort();
    const script = mendPortkey(join(home, 'node_modules/@portkey-ai/gateway/build'));
    const child = startOn(cores, [process.execPath, script, `--port=${port}`, '--headless'], {
      stdio: 'ignore',
      env: {...process.env, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1'},
    });
    await listening(port);
    const headers = {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
      authorization: 'Bearer key',
    };
    return {port, headers, child};
  },
};

/**
 * As installed, it answers 500 to every stream ("TypeError: immutable", Portkey-AI/gateway #1389): it changes headers that
 * cannot be changed. In the copy that is measured they are copied first.
 */
function mendPortkey(build: string): string {
  const [broken, mended] = ['this.updateHeaders(i,n.cacheStatus,o)', 'i=new Response(i.body,i),'];
  const source = readFileSync(join(build, 'start-server.js'), 'utf8');
  if (!source.includes(broken)) throw new Error('this version of Portkey is not the one that the bench mends');
  const copy = join(build, 'start-server-mended.js');
  writeFileSync(copy, source.replace(broken, mended + broken));
  return copy;
}

async function fromConfig(
  {upstreamPort, cores, scratch}: Place,
  program: string,
  config: (ports: {own: number; upstream: number}) => string,
  args: (file: string) => readonly string[],
) {
  const path = ['/usr/sbin', '/usr/bin', '/usr/local/sbin']
    .map(dir => join(dir, program))
    .find(each => existsSync(each));
  if (path === undefined) return null;
  const port = await freePort();
  const file = join(scratch, `${program}.conf`);
  writeFileSync(file, config({own: port, upstream: upstreamPort}));
  const child = startOn(cores, [path, ...args(file)], {stdio: ['ignore', 'ignore', 'inherit'], cwd: scratch});
  await listening(port);
  return {port, child};
}

function haproxyConfig({own, upstream}: {own: number; upstream: number}): string {
  return `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  # Without it small pieces are held back for up to 200 ms.
  option http-no-delay
frontend bench
  bind 127.0.0.1:${own}
  default_backend upstream
backend upstream
  server one 127.0.0.1:${upstream}
`;
}

function nginxConfig({own, upstream}: {own: number; upstream: number}): string {
  return `daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
  client_max_body_size 64m;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000;
  upstream engine { server 127.0.0.1:${upstream}; keepalive 2048; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${own};
    location / {
      proxy_pass http://engine;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}

/** Free a moment ago; for programs that cannot choose for themselves. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return address.port;
}
