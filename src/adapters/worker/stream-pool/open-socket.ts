import type {Socket} from 'node:net';
import {connect} from 'node:net';
import {connect as connectTls} from 'node:tls';
import type {InventivError} from '../../../core/errors.ts';
import {ConnectTimeout} from '../../../ports/upstream.ts';
import {refusalOf} from '../certificate.ts';

export interface SocketEvents {
  /** Connected, and the certificate is the pinned one. */
  onReady(): void;
  /** Bytes that may be changed, valid until this returns. */
  onBytes(bytes: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
  onClosed(): void;
}

export type OpenSocket = (events: SocketEvents) => Socket;

const keepAliveProbeMs = 60_000;
/** One for all plain sockets: a read is over before the next one begins. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** The certificate that is expected, by its SHA-256 fingerprint, and who is told of another one. Null: as the system trusts. */
export interface Pin {
  readonly fingerprint: string;
  readonly onRefused: (error: InventivError) => void;
}

/** Opens sockets to one origin. `connectTimeoutMs`: until it is connected, and its certificate known. */
export function socketOpener(url: URL, pin: Pin | null, connectTimeoutMs: number): OpenSocket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const port = Number(url.port || (isTls ? 443 : 80));
  const common = {host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs};
  return events => {
    const onConnected = () => {
      // Also without TLS: where a certificate is expected, none is the wrong one.
      const refusal = pin === null ? null : refusalOf(socket, pin.fingerprint, url.href);
      if (refusal === null) {
        events.onReady();
      } else {
        pin?.onRefused(refusal);
        socket.destroy(refusal);
      }
    };
    const socket = isTls ? openTls(common, pin, events) : openPlain(common, events);
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), connectTimeoutMs);
    const stopTimer = () => clearTimeout(timer);
    return socket
      .once(isTls ? 'secureConnect' : 'connect', () => {
        stopTimer();
        onConnected();
      })
      .on('end', () => events.onEnd())
      .on('error', error => events.onError(error))
      .once('close', () => {
        stopTimer();
        events.onClosed();
      });
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function openPlain(address: Address, events: SocketEvents): Socket {
  const onread = {
    buffer: readBuffer,
    callback: (length: number) => {
      events.onBytes(readBuffer.subarray(0, length));
      return true;
    },
  };
  return connect({...address, onread});
}

function openTls(address: Address, pin: Pin | null, events: SocketEvents): Socket {
  // No session is resumed: a resumed one shows no certificate.
  const socket = connectTls({...address, ...(pin === null ? {} : {rejectUnauthorized: false})});
  return socket.on('data', (bytes: Buffer) => events.onBytes(bytes));
}
