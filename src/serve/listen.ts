import type {AddressInfo} from 'node:net';
import type {FastifyInstance} from 'fastify';
import {InventivError} from '../core/errors.ts';

/** Binds the port; port 0 takes any free one. Throws `conflict` or `invalid_config` naming the flag that helps. */
export async function listen(
  app: FastifyInstance,
  at: {host: string; port: number; portFlag: string},
): Promise<{host: string; port: number}> {
  try {
    await app.listen({host: at.host, port: at.port});
  } catch (error) {
    throw explain(error, at);
  }

  const address = app.server.address();
  return isAddress(address) ? {host: address.address, port: address.port} : {host: at.host, port: at.port};
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

function explain(error: unknown, {host, port, portFlag}: {host: string; port: number; portFlag: string}): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') {
    return new InventivError('conflict', `Port ${port} on ${host} is in use, perhaps by another "inventiv serve".`, {
      hint: `Stop that one, or choose another port: inventiv serve ${portFlag} ${port + 1}`,
      cause: error,
    });
  }

  if (code === 'EACCES') {
    return new InventivError('invalid_config', `Port ${port} on ${host} may not be opened by this user.`, {
      hint: `Choose a port above 1023: inventiv serve ${portFlag} 8080`,
      cause: error,
    });
  }

  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new InventivError('invalid_config', `${host} is not an address of this machine.`, {
      hint: 'Use --host 127.0.0.1 for this machine only, or --host 0.0.0.0 for all its addresses.',
      cause: error,
    });
  }

  return error;
}
