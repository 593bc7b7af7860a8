import type {Accountv3} from '@scaleway/sdk-account';
import type {Blockv1} from '@scaleway/sdk-block';
import type {Iamv1alpha1} from '@scaleway/sdk-iam';
import type {Instancev1} from '@scaleway/sdk-instance';
import type {Marketplacev2} from '@scaleway/sdk-marketplace';
import {InventivError} from '../../../core/errors.ts';
import type {CallContext} from '../../../ports/provider.ts';
import {checkCredentials, type ScalewayCredentials} from './credentials.ts';
import {type HttpOptions, httpFor} from './http.ts';
import {unavailable} from './refusal.ts';

export interface SdkOptions extends HttpOptions {
  readonly credentials: () => Promise<ScalewayCredentials>;
  /** Overrides the address that comes with the credentials. */
  readonly apiUrl?: string | undefined;
}

/** The APIs as the SDK offers them, bound to one call of the port: its signal, its correlation id, the keys of now. */
export interface ScalewayApis {
  readonly instance: Instancev1.API;
  readonly block: Blockv1.API;
  readonly marketplace: Marketplacev2.API;
  readonly iam: Iamv1alpha1.API;
  readonly account: Accountv3.ProjectAPI;
  readonly projectId: string;
  /** Zones the SDK knows: the API has no call that lists them. */
  readonly zones: readonly string[];
}

export type OpenApis = (call: CallContext) => Promise<ScalewayApis>;

/** The SDK is large, and most commands never call the provider: it is loaded at the first call. */
export function lazySdk(options: SdkOptions): OpenApis {
  return async call => {
    call.signal?.throwIfAborted();
    const [credentials, sdk] = await Promise.all([options.credentials(), loadSdk()]);
    // Checked here too: the SDK would print a malformed secret in its own error.
    const {accessKey, secretKey, projectId, apiUrl} = checkCredentials({
      ...credentials,
      apiUrl: options.apiUrl ?? credentials.apiUrl,
    });
    const apiURL = apiUrl?.replace(/\/+$/, '');
    const client = sdk.createAdvancedClient(
      sdk.withProfile({accessKey, secretKey, defaultProjectId: projectId, ...(apiURL === undefined ? {} : {apiURL})}),
      sdk.withHTTPClient(httpFor(call, options)),
      sdk.withUserAgentSuffix('inventiv'),
      sdk.withAdditionalInterceptors([{responseError: async ({error}) => rethrow(error, call)}]),
    );
    const {LOCALITY: locality} = sdk.Instancev1.API;
    return {
      instance: new sdk.Instancev1.API(client),
      block: new sdk.Blockv1.API(client),
      marketplace: new sdk.Marketplacev2.API(client),
      iam: new sdk.Iamv1alpha1.API(client),
      account: new sdk.Accountv3.ProjectAPI(client),
      projectId,
      zones: locality.type === 'zone' ? locality.zones : [],
    };
  };
}

async function loadSdk() {
  const [client, {Instancev1}, {Blockv1}, {Marketplacev2}, {Iamv1alpha1}, {Accountv3}] = await Promise.all([
    import('@scaleway/sdk-client'),
    import('@scaleway/sdk-instance'),
    import('@scaleway/sdk-block'),
    import('@scaleway/sdk-marketplace'),
    import('@scaleway/sdk-iam'),
    import('@scaleway/sdk-account'),
  ]);
  return {...client, Instancev1, Blockv1, Marketplacev2, Iamv1alpha1, Accountv3};
}

/** Ours passes as it is; what the SDK throws by itself means that it could not make sense of an answer. */
function rethrow(error: unknown, call: CallContext): never {
  call.signal?.throwIfAborted();
  if (error instanceof InventivError) throw error;
  throw unavailable('Scaleway answered with JSON of an unexpected shape.', 'malformed_answer', error);
}

/** A part of an answer that the API always sends and the SDK types as optional. */
export function present<Part>(part: Part | undefined | null, name: string): Part {
  if (part !== undefined && part !== null) return part;
  throw unavailable(`Scaleway answered without the ${name} it was asked for.`, 'malformed_answer');
}
