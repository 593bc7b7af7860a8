import type {Serializable} from 'node:child_process';
import type {ErrorCode} from '../../core/errors.ts';
import {asInventivError, InventivError} from '../../core/errors.ts';

/** One end of the channel between the primary and a data-plane process. */
export interface Channel {
  send(message: Serializable): void;
  onMessage(listener: (message: unknown) => void): void;
}

type Handler = (payload: unknown) => unknown;

interface Call {
  readonly rpc: 'call' | 'tell';
  readonly id: number;
  readonly method: string;
  readonly payload: unknown;
}

interface Reply {
  readonly rpc: 'reply';
  readonly id: number;
  readonly ok: boolean;
  readonly payload: unknown;
}

const callsMax = 1000;

/**
 * Calls and answers over a process channel, in order. Bounded: with `callsMax` unanswered calls the next one fails. When
 * the other side is gone, `fail` rejects what is open.
 */
export class Rpc {
  private readonly channel: Channel;
  private readonly handlers: Readonly<Record<string, Handler>>;
  private readonly open = new Map<number, {resolve: (value: unknown) => void; reject: (error: Error) => void}>();
  private nextId = 0;
  private gone: Error | null = null;

  constructor(channel: Channel, handlers: Readonly<Record<string, Handler>>) {
    this.channel = channel;
    this.handlers = handlers;
    channel.onMessage(message => this.receive(message));
  }

  /** Both sides are this very program in this very version: what comes back has the type that the handler gives. */
  async call<T>(method: string, payload: unknown = null): Promise<T> {
    if (this.gone !== null) throw this.gone;
    if (this.open.size >= callsMax) throw new Error(`${callsMax} calls are waiting for the other process`);
    const id = this.nextId++;
    return await new Promise<T>((resolve, reject) => {
      this.open.set(id, {resolve: value => resolve(value as T), reject});
      this.post({rpc: 'call', id, method, payload});
    });
  }

  /** A call that nobody waits for. */
  tell(method: string, payload: unknown): void {
    if (this.gone === null) this.post({rpc: 'tell', id: -1, method, payload});
  }

  fail(error: Error): void {
    this.gone = error;
    for (const {reject} of this.open.values()) reject(error);
    this.open.clear();
  }

  private receive(message: unknown): void {
    // Of a process that ended; what it had was taken over, and must not come a second time.
    if (this.gone !== null) return;
    if (isCall(message)) void this.answer(message);
    else if (isReply(message)) this.settle(message);
  }

  private async answer({rpc, id, method, payload}: Call): Promise<void> {
    let reply: Reply;
    try {
      const handler = this.handlers[method];
      if (handler === undefined) throw new Error(`no such call: ${method}`);
      reply = {rpc: 'reply', id, ok: true, payload: await handler(payload)};
    } catch (error) {
      reply = {rpc: 'reply', id, ok: false, payload: faultOf(error)};
    }

    if (rpc === 'call' && this.gone === null) this.post(reply);
  }

  private settle({id, ok, payload}: Reply): void {
    const waiting = this.open.get(id);
    this.open.delete(id);
    if (ok) waiting?.resolve(payload);
    else waiting?.reject(asError(payload));
  }

  private post(message: Call | Reply): void {
    try {
      // Rows, numbers and texts: what structured cloning carries.
      this.channel.send(message as Serializable);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function isCall(message: unknown): message is Call {
  return isTagged(message) && (message.rpc === 'call' || message.rpc === 'tell');
}

function isReply(message: unknown): message is Reply {
  return isTagged(message) && message.rpc === 'reply';
}

function isTagged(message: unknown): message is {readonly rpc: unknown} {
  return typeof message === 'object' && message !== null && 'rpc' in message;
}

/** What of an error crosses: enough to tell a person what to do. */
function faultOf(error: unknown): {code: ErrorCode; message: string; hint: string | undefined} {
  const {code, message, hint} = asInventivError(error);
  return {code, message, hint};
}

function asError(payload: unknown): Error {
  const {code, message, hint} = payload as ReturnType<typeof faultOf>;
  return new InventivError(code, message, hint === undefined ? {} : {hint});
}
