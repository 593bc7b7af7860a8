import type {Pool} from 'undici';
import type {WorkerEndpoint} from '../../core/instance/instance.ts';
import type {WorkerTarget} from '../../ports/worker.ts';
import {isCertificateChanged} from './certificate.ts';
import {openWorkerPool} from './open-worker-pool.ts';

const answerMaxBytes = 8 * 1024 * 1024;

export interface WorkerCall {
  readonly port: 'openai' | 'agent';
  readonly path: string;
  /** Default: POST with a body, else GET. */
  readonly method?: 'POST';
  readonly body?: object;
  readonly timeoutMs: number;
}

export interface WorkerAnswer {
  readonly status: number;
  readonly text: string;
  readonly header: (name: string) => string | null;
}

/** Null when there was no whole answer in time, whatever the reason. Throws only where another certificate is shown. */
export async function callWorker(
  target: WorkerTarget,
  {port, path, method, body, timeoutMs}: WorkerCall,
): Promise<WorkerAnswer | null> {
  const {endpoint, workerKey, correlationId} = target;
  const pool = openWorkerPool(endpoint, urlOf(endpoint, port));
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await pool.request({
      path,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${workerKey}`,
        'x-request-id': correlationId,
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: target.signal === undefined ? timeout : AbortSignal.any([target.signal, timeout]),
    });
    const {headers} = response;
    const header = (name: string): string | null => {
      const value = headers[name];
      return typeof value === 'string' ? value : null;
    };
    return {status: response.statusCode, text: await readText(response.body), header};
  } catch (error) {
    if (isCertificateChanged(error)) throw error;
    return null;
  } finally {
    await closeQuietly(pool);
  }
}

function urlOf(endpoint: WorkerEndpoint, port: 'openai' | 'agent'): string {
  return port === 'openai' ? endpoint.openaiUrl : endpoint.agentUrl;
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > answerMaxBytes) throw new Error(`the answer is larger than ${answerMaxBytes} bytes`);
    chunks.push(chunk);
  }

  return Buffer.concat(chunks).toString('utf8');
}

async function closeQuietly(pool: Pool): Promise<void> {
  await pool.destroy().catch(() => {});
}
