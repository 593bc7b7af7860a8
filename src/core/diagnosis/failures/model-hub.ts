import type {Failure} from '../failure.ts';

/** Downloads of models: huggingface_hub, transformers, requests, urllib3, httpx. */
export const modelHubFailures: readonly Failure[] = [
  {
    code: 'HF_GATED',
    cause: 'The model is gated, and this token may not read it.',
    advice:
      'Accept the licence on the model page, then give a token that may read gated repositories (a fine-grained one needs that permission): HF_TOKEN.',
    proof:
      /Cannot access gated repo|GatedRepoError|You are trying to access a gated repo|enable access to public gated repositories/,
    overrides: ['HF_NOT_FOUND'],
    hint: /403 Client Error/,
  },
  {
    code: 'HF_AUTH',
    cause: 'Hugging Face refused the token.',
    advice: 'Set a valid HF_TOKEN (https://huggingface.co/settings/tokens), then try again.',
    proof: /Invalid (?:user )?token|Invalid username or password|Invalid credentials in Authorization header/,
    hint: /401 Client Error/,
    overrides: ['HF_NOT_FOUND'],
  },
  {
    code: 'HF_RATE',
    cause: 'Hugging Face limits how much this address may ask for.',
    advice: 'Set HF_TOKEN (anonymous downloads are limited more), wait some minutes, try again.',
    proof: /429 .{0,80}Too Many Requests|Too Many Requests for url/,
    mayPass: true,
  },
  {
    code: 'HF_NOT_FOUND',
    cause: 'Hugging Face does not know this model or revision (or it is private).',
    advice: 'Check the id and the revision for typing errors; a private repository needs HF_TOKEN.',
    proof:
      /RepositoryNotFoundError|is not a valid model identifier|RevisionNotFoundError|Repository Not Found for url|does not appear to have a file named/,
  },
  {
    code: 'HF_DOWN',
    cause: 'Hugging Face answered with a fault of its own.',
    advice: 'See https://status.huggingface.co and try again later: inventiv reinstall NAME',
    proof: /50[0234] Server Error.{0,80}(?:huggingface|hf\.co)/,
    mayPass: true,
  },
  {
    code: 'TLS',
    cause: 'The certificate of the other side could not be checked.',
    advice: 'Check the clock of the machine (timedatectl) and whether a proxy breaks TLS open on the way.',
    proof: /CERTIFICATE_VERIFY_FAILED|certificate verify failed|x509: certificate/,
  },
  {
    code: 'NET',
    cause: 'The machine has no way out to the network.',
    advice: 'Check DNS and outgoing traffic of the machine (resolvectl query huggingface.co) and its security group.',
    proof:
      /[Tt]emporary failure in name resolution|Failed to resolve '|couldn't connect to 'https:\/\/|[Nn]ame or service not known|Could not resolve host|Network is unreachable/,
    hint: /\bConnectionError\b|\bConnectTimeout\b|LocalEntryNotFoundError|\bReadTimeout(?:Error)?\b/,
    mayPass: true,
  },
];
