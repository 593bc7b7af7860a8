import {once} from 'node:events';
import {createServer, type Server} from 'node:tls';
import type {TlsCertificate} from './tls-certificate.ts';

/** A TLS server that counts what it is told once the handshake is over. */
export class TlsWorker {
  received = '';
  connections = 0;
  readonly port: number;
  readonly #server: Server;

  static async start({cert, key}: TlsCertificate, port = 0): Promise<TlsWorker> {
    const server = createServer({cert, key});
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a port');
    return new TlsWorker(server, address.port);
  }

  private constructor(server: Server, port: number) {
    this.port = port;
    this.#server = server;
    server.on('connection', socket => {
      this.connections++;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('secureConnection', socket => {
      socket.on('error', () => {});
      socket.on('data', bytes => {
        this.received += bytes.toString('latin1');
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
    });
    // A client that leaves during the handshake.
    server.on('tlsClientError', () => {});
  }

  readonly #sockets = new Set<{destroy(): void}>();

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}
