import type {ContractRouterClient} from '@orpc/contract';
import type {contract} from '../api/contract.ts';

/** The typed API, whichever transport is behind it. */
export type ApiClient = ContractRouterClient<typeof contract>;

export type {
  ActionView,
  CatalogView,
  CreateRequest,
  CredentialTestView,
  CredentialVersionView,
  EventView,
  InstanceView,
  KeyView,
  LogLineView,
  ModelView,
  PlanView,
  ProgressView,
  ProviderCredentialsView,
  ReconcileReportView,
  VolumeView,
} from '../api/schemas.ts';
