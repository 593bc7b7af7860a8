import {InventivError} from '../../core/errors.ts';
import {scanJsonDocument} from '../../core/proxy/json-object.ts';
import {isPublicUrl, mediaUrls} from '../../core/proxy/media-urls.ts';

/** A quick look with native searches: most bodies neither name an address nor hide a name behind escapes. */
export function asksForMedia(body: Buffer): boolean {
  return body.includes('url') || body.includes('\\u');
}

/** Workers fetch media by address: one inside their own network must not be reachable through them. */
export function refusePrivateMedia(body: Buffer): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    // Says where it is wrong, but for what only a decoder sees: nothing may pass that was not looked at.
    scanJsonDocument(body);
    throw new InventivError('invalid_input', 'The body is not valid JSON: a string holds a control character.', {
      detailCode: 'invalid_json',
    });
  }

  const refused = mediaUrls(parsed).find(({url}) => !isPublicUrl(url));
  if (refused === undefined) return;
  throw new InventivError('invalid_input', `The address in "${refused.param}" is not one that workers may fetch.`, {
    param: refused.param,
    hint: 'Use an http(s) address of a public host, or a data: URL.',
    detailCode: 'invalid_media_url',
  });
}
