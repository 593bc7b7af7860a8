import * as z from 'zod';
import {agentIdentity} from './register.ts';

const withAgent = z.object({agent: agentIdentity});

/** Who sent a kept heartbeat; null in the first protocol, which does not say. */
export function agentOfPayload(payload: string): {readonly version: string; readonly sha256: string} | null {
  try {
    const parsed = withAgent.safeParse(JSON.parse(payload));
    return parsed.success ? {version: parsed.data.agent.version, sha256: parsed.data.agent.sha256} : null;
  } catch {
    return null;
  }
}
