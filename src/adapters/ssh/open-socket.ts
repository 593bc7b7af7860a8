import {createConnection, type Socket} from 'node:net';
import {refused, type SshPlace} from './errors.ts';

/** A TCP connection. The signal ends the attempt with its reason; whoever gets the socket closes it. */
export function openSocket(place: SshPlace, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const {promise, resolve, reject} = Promise.withResolvers<Socket>();
  const socket = createConnection({host: place.host, port: place.port, noDelay: true});
  const onAbort = (): void => {
    socket.destroy();
    reject(signal.reason);
  };
  const onError = (error: Error): void => {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
    reject(refused(place, error));
  };
  signal.addEventListener('abort', onAbort, {once: true});
  socket.once('error', onError);
  socket.once('connect', () => {
    signal.removeEventListener('abort', onAbort);
    socket.off('error', onError);
    resolve(socket);
  });
  return promise;
}
