import {createHash, timingSafeEqual} from 'node:crypto';
import type {TLSSocket} from 'node:tls';
import {InventivError} from '../../core/errors.ts';

const hashBytes = 32;

/**
 * Whether the socket shows the certificate that was pinned. Its dates and names do not matter: it was made on the machine
 * and its fingerprint came over SSH, which says more than any authority could. Returns the error to fail with, else null.
 */
export function refusalOf(socket: object, pinned: string, url: string): InventivError | null {
  const shown = isTls(socket) ? socket.getPeerCertificate().raw : undefined;
  const actual = shown === undefined ? null : createHash('sha256').update(shown).digest();
  const expected = Buffer.from(pinned.replaceAll(':', ''), 'hex');
  const isSame = actual !== null && expected.length === hashBytes && timingSafeEqual(actual, expected);
  return isSame ? null : certificateChanged(url, expected.toString('hex'), actual?.toString('hex') ?? null);
}

export function isCertificateChanged(error: unknown): error is InventivError {
  return error instanceof InventivError && error.detailCode === certificateChangedCode;
}

const certificateChangedCode = 'worker_certificate_changed';

function certificateChanged(url: string, expected: string, actual: string | null): InventivError {
  return new InventivError(
    'upstream_broken',
    `${new URL(url).host} does not show the TLS certificate that its worker was installed with: expected SHA-256 ${expected}, got ${actual ?? 'none'}. ` +
      'Either it was made anew on the machine, or something else answers in its place. Nothing was sent to it.',
    {
      detailCode: certificateChangedCode,
      hint: 'If you know why it changed, have it read again over SSH: inventiv reinstall NAME',
    },
  );
}

function isTls(socket: object): socket is TLSSocket {
  return 'getPeerCertificate' in socket;
}
