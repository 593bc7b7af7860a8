import type {ContractRouterClient} from '@orpc/contract';
import type {contract} from '../api/contract.ts';

/** The typed API, whichever transport is behind it. */
export type ApiClient = ContractRouterClient<typeof contract>;

export type {
  ActionView,
  CreateRequest,
  EventView,
  InstanceView,
  KeyView,
  LogLineView,
  ModelView,
  PlanView,
  ProgressView,
} from '../api/schemas.ts';
