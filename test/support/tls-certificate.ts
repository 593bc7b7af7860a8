import {execFileSync} from 'node:child_process';
import {createHash, X509Certificate} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface TlsCertificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate in DER, hex. */
  readonly fingerprint: string;
}

/** A self-signed certificate as a machine makes one, by `openssl`; `days: -1` has expired. */
export function makeTlsCertificate({days = 1}: {days?: number} = {}): TlsCertificate {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-tls-'));
  try {
    const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: directory, stdio: 'ignore'});
    const newKey = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', 'key.pem'];
    openssl('req', '-new', '-subj', '/CN=worker', ...newKey, '-out', 'request.pem');
    openssl('x509', '-req', '-in', 'request.pem', '-signkey', 'key.pem', '-days', String(days), '-out', 'cert.pem');
    const cert = readFileSync(join(directory, 'cert.pem'), 'utf8');
    const fingerprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('hex');
    return {cert, key: readFileSync(join(directory, 'key.pem'), 'utf8'), fingerprint};
  } finally {
    rmSync(directory, {recursive: true});
  }
}
