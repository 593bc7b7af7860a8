import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Names that the machine takes its maker for: the model hub and its content servers, the image registry. */
export const outsideNames = ['huggingface.co', 'cdn-lfs.huggingface.co', 'registry-1.docker.io', 'auth.docker.io'];

export interface OutsideCertificates {
  /** Of the authority that the machine trusts. */
  readonly authority: string;
  /** As OpenSSL names its file in a directory of authorities. */
  readonly authorityHash: string;
  readonly key: string;
  readonly cert: string;
}

export function makeCertificates(): OutsideCertificates {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-vm-ca-'));
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, {stdio: ['ignore', 'pipe', 'ignore']}).toString();
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    const ca = ['-x509', '-days', '30', '-subj', '/CN=Outside of a test machine'];
    openssl('req', ...newKey, ...ca, '-keyout', path('ca.key'), '-out', path('ca.pem'));
    openssl('req', ...newKey, '-subj', '/CN=outside', '-keyout', path('key.pem'), '-out', path('request.pem'));
    writeFileSync(path('names'), `subjectAltName=${outsideNames.map(name => `DNS:${name}`).join(',')}\n`);
    const signing = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '30'];
    openssl(
      'x509',
      '-req',
      '-in',
      path('request.pem'),
      ...signing,
      '-extfile',
      path('names'),
      '-out',
      path('cert.pem'),
    );
    return {
      authority: readFileSync(path('ca.pem'), 'utf8'),
      authorityHash: openssl('x509', '-noout', '-hash', '-in', path('ca.pem')).trim(),
      key: readFileSync(path('key.pem'), 'utf8'),
      cert: readFileSync(path('cert.pem'), 'utf8'),
    };
  } finally {
    rmSync(directory, {recursive: true});
  }
}
