import {reservationOf} from '../../core/finops/reservation.ts';
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
  price,
  requestId,
  startedAtMs,
}: AcceptedJob): AdmissionRequest {
  const bounds = {contextTokens: route.maxModelLen, maxTokens: caps.maxTokens, hasMedia: hasMedia(body)};
  const demand = tokenDemand(endpoint, body, plan, bounds);
  return {
    requestId,
    organizationId: key.organizationId,
    keyId: key.id,
    userId: key.userId,
    modelHfId: route.modelHfId,
    endpoint,
    startedAtMs,
    ...demand,
    amountNanosMax: reservationOf(demand, price),
  };
}

/** Members and types of what is no text; inside a text their quotes are escaped. */
const mediaMarks = ['_url"', '"image"', '"input_image"', '"input_audio"', '"file"', '"input_file"', '"document"'];
/** Letters of a name that somebody hides: nobody else escapes what needs no escape. */
const hiddenMarks = ['\\u005', '\\u006', '\\u007'];

function hasMedia(body: Uint8Array): boolean {
  // Native searches, over the same bytes.
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return [...mediaMarks, ...hiddenMarks].some(mark => bytes.includes(mark));
}
