import type {FastifyInstance, FastifyReply} from 'fastify';
import {commandContext, type WorkerCommand, wireCommand} from '../../core/worker/command.ts';
import {commandAnswers, heartbeat, heartbeatOrder, sampleOf} from '../../core/worker/heartbeat.ts';
import {registerRequest} from '../../core/worker/register.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {SecretBox, SecretHasher} from '../../ports/secrets.ts';
import type {WorkerCommandStore} from '../../ports/worker-commands.ts';
import type {WorkerStore} from '../../ports/workers.ts';
import {presentedSecret} from '../auth.ts';
import {HeartbeatWriter} from '../heartbeat-writer.ts';

const bodyMaxBytes = 1024 * 1024;
const heartbeatIntervalS = 5;
const tokenBytes = 32;

export interface WorkerRouteDeps {
  readonly workers: WorkerStore;
  readonly workerCommands: WorkerCommandStore;
  readonly hasher: SecretHasher;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** What agents call: enrolment with a one-time secret, then heartbeats with a token. Nothing trusts an address. */
export function registerWorkerRoutes(app: FastifyInstance, deps: WorkerRouteDeps): void {
  const {workers, workerCommands, hasher, clock, ids} = deps;
  const heartbeats = new HeartbeatWriter(workers);
  const serverTime = () => new Date(clock.nowMs()).toISOString();

  app.post('/api/worker/v1/register', {bodyLimit: bodyMaxBytes}, async (request, reply) => {
    const parsed = registerRequest.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 'invalid_payload', parsed.error.issues[0]?.message);
    const {enrolment_secret: secret, boot_id: bootId} = parsed.data;
    const token = Buffer.from(ids.randomBytes(tokenBytes)).toString('base64url');
    const outcome = await workers.enrol({secretHash: hasher.hash(secret), bootId, tokenHash: hasher.hash(token)});
    if (outcome.kind === 'gone') return refuse(reply, 'instance_terminated');
    if (outcome.kind === 'unknown') return refuse(reply, 'unauthorized');
    return {ok: true, token, interval_s: heartbeatIntervalS, server_time: serverTime()};
  });

  app.post('/api/worker/v1/heartbeat', {bodyLimit: bodyMaxBytes}, async (request, reply) => {
    const token = presentedSecret(request.headers);
    const tokenHash = token === null ? null : hasher.hash(token);
    const worker = tokenHash === null ? null : await workers.findByTokenHash(tokenHash);
    if (worker === null || tokenHash === null) return refuse(reply, 'unauthorized');
    if (worker.gone) return refuse(reply, 'instance_terminated');
    const parsed = heartbeat.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 'invalid_payload', parsed.error.issues[0]?.message);

    const {bootId, seq} = heartbeatOrder(parsed.data) ?? {bootId: worker.bootId, seq: worker.lastSeq + 1};
    const at = {instanceId: worker.instanceId, atMs: clock.nowMs(), payload: keptPayload(request.body)};
    const outcome = await heartbeats.write({
      instanceId: worker.instanceId,
      bootId,
      seq,
      sample: sampleOf(parsed.data, at),
      tokenHash,
    });
    if (outcome === 'other_boot') return refuse(reply, 'boot_conflict');
    const answers = commandAnswers(parsed.data, at.atMs);
    if (answers.length > 0) await workerCommands.answer(worker.instanceId, answers);
    const commands = await commandsFor(deps, worker.instanceId);
    return {ok: true, ack_seq: seq, interval_s: heartbeatIntervalS, commands, server_time: serverTime()};
  });
}

async function commandsFor({workerCommands, secretBox}: WorkerRouteDeps, instanceId: string) {
  const open = (command: WorkerCommand) =>
    command.sealed === null ? null : secretBox.open(command.sealed, commandContext(command.id));
  return (await workerCommands.deliver(instanceId)).map(command => wireCommand(command, open(command)));
}

const refusals = {
  invalid_payload: {status: 400, message: 'the payload does not match the worker protocol'},
  unauthorized: {status: 401, message: 'the worker token is not valid; enrol again with a fresh secret'},
  boot_conflict: {status: 409, message: 'another boot id owns this instance'},
  instance_terminated: {status: 410, message: 'this instance is terminated; stop'},
} as const;

function refuse(reply: FastifyReply, code: keyof typeof refusals, detail?: string): FastifyReply {
  const {status, message} = refusals[code];
  return reply.code(status).send({error: {code, message: detail === undefined ? message : `${message}: ${detail}`}});
}

/** Without answers to commands: those hold logs, and belong elsewhere. */
function keptPayload(body: unknown): string {
  return JSON.stringify(body, (key, value) => (key === 'results' ? undefined : value));
}
