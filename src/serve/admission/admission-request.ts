import {tokenDemand} from '../../core/proxy/token-demand.ts';
import type {AcceptedJob} from '../proxy/attempt.ts';
import type {AdmissionRequest} from './gate.ts';

/** What of a request admission is told. */
export function admissionRequest({
  endpoint,
  key,
  body,
  plan,
  caps,
  route,
  requestId,
  startedAtMs,
}: AcceptedJob): AdmissionRequest {
  return {
    requestId,
    organizationId: key.organizationId,
    keyId: key.id,
    userId: key.userId,
    modelHfId: route.modelHfId,
    endpoint,
    startedAtMs,
    ...tokenDemand(endpoint, body, plan, {contextTokens: route.maxModelLen, maxTokens: caps.maxTokens}),
  };
}
