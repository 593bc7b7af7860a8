import type {ContractRouterClient} from '@orpc/contract';
import {createRouterClient, ORPCError, onError, ValidationError} from '@orpc/server';
import {InventivError} from '../core/errors.ts';
import type {ApiContext} from './context.ts';
import type {contract} from './contract.ts';
import {router} from './router.ts';

/** The typed API as callers see it, whatever the transport. */
export type ApiClient = ContractRouterClient<typeof contract>;

/** The API in this process: the same validation, permission check and errors as over the network. */
export function createLocalClient(context: ApiContext): ApiClient {
  return createRouterClient(router, {context, interceptors: [onError(rethrowCatalogued)]});
}

/** What the schema refused becomes a catalogued error that names the field. */
function rethrowCatalogued(error: unknown): never {
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError) {
    const [issue] = error.cause.issues;
    const param = issue?.path?.map(part => (typeof part === 'object' ? part.key : part)).join('.') ?? 'input';
    throw new InventivError('invalid_input', `${param || 'input'}: ${messageOf(issue)}.`, {
      param,
      hint: 'See "--help" of the command for what it takes.',
    });
  }

  throw error;
}

/** Texts that must not be empty are ids and names. */
function messageOf(issue: ValidationError['issues'][number] | undefined): string {
  const isEmptyText =
    issue !== undefined &&
    'code' in issue &&
    issue.code === 'too_small' &&
    'origin' in issue &&
    issue.origin === 'string' &&
    'minimum' in issue &&
    issue.minimum === 1;
  return isEmptyText ? 'expected an id or a name, got nothing' : (issue?.message ?? 'invalid value');
}
