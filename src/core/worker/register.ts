import * as z from 'zod';

const idChars = 200;

/** What runs on the worker, as the agent tells it about itself. */
export const agentIdentity = z.object({
  version: z.string().max(64),
  sha256: z.string().max(64),
  python: z.string().max(64).nullish(),
});

/** `POST /api/worker/v1/register`: the one-time secret, used up for a token that is bound to the boot id. */
export const registerRequest = z.object({
  protocol: z.number().int().min(2),
  instance_id: z.string().min(1).max(idChars),
  worker_id: z.string().max(idChars),
  boot_id: z.string().min(1).max(idChars),
  enrolment_secret: z.string().min(16).max(512),
  agent: agentIdentity.nullish(),
});

export type RegisterRequest = z.infer<typeof registerRequest>;
