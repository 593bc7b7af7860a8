import {os} from '@orpc/server';
import type {Actor} from '../app/actor.ts';
import type {KeyTools} from '../app/api-keys.ts';
import type {BudgetTools} from '../app/budgets/budgets.ts';
import type {ChatTools} from '../app/chat.ts';
import type {CredentialTools} from '../app/credentials/tools.ts';
import type {DriverTools} from '../app/drive-instance/drive.ts';
import type {HostTools} from '../app/hosts.ts';
import type {PlanTools} from '../app/plan-instance.ts';
import type {PriceTools} from '../app/prices/prices.ts';
import type {LogTools} from '../app/read-logs.ts';
import type {RequestTools} from '../app/request-instance.ts';
import {InventivError} from '../core/errors.ts';
import type {ProviderName} from '../core/instance/instance.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import {can, type Role} from '../core/tenancy/roles.ts';
import type {ServeInspector} from '../ports/serve-inspector.ts';
import type {Store} from '../ports/store.ts';
import type {ProcedureMeta} from './contract/shared.ts';

/** What procedures act through; made once by the composition root. */
export type ApiTools = Omit<DriverTools, 'instances'> &
  PlanTools &
  RequestTools &
  KeyTools &
  CredentialTools &
  ChatTools &
  HostTools &
  PriceTools &
  BudgetTools &
  LogTools & {
    readonly store: Store;
    readonly providers: readonly ProviderName[];
    readonly serveInspector: ServeInspector;
  };

/** Who calls, and on behalf of which organization. */
export interface Caller {
  readonly scope: OrgScope;
  readonly userId: string;
  readonly userName: string;
  readonly role: Role;
}

export interface ApiContext {
  readonly tools: ApiTools;
  readonly caller: Caller;
}

export function actorOf({caller, tools}: ApiContext): Actor {
  const {scope, userId, userName} = caller;
  return {scope, userId, userName, correlationId: tools.ids.next('correlation')};
}

/** The one permission check, in front of every procedure of every topic. */
export const checkPermission = os
  .$context<ApiContext>()
  .$meta<ProcedureMeta>({permission: 'settings.change'})
  .middleware(({context, procedure, next}) => {
    const {permission} = procedure['~orpc'].meta;
    if (!can(context.caller.role, permission)) {
      throw new InventivError('not_allowed', `A ${context.caller.role} may not do this (it needs "${permission}").`, {
        hint: 'Ask an owner or admin of the organization.',
      });
    }

    return next();
  });
