import type {ContractRouterClient} from '@orpc/contract';
import type {contract} from '../api/contract.ts';

/** The typed API, whichever transport is behind it. */
export type ApiClient = ContractRouterClient<typeof contract>;

export type {CatalogView} from '../api/contract/catalog.ts';
export type {CredentialTestView, CredentialVersionView, ProviderCredentialsView} from '../api/contract/credentials.ts';
export type {EventView} from '../api/contract/events.ts';
export type {HostLookView, HostView} from '../api/contract/hosts.ts';
export type {
  ActionView,
  CreateRequest,
  InstanceView,
  LoginView,
  LogLineView,
  PlanView,
  ProgressView,
} from '../api/contract/instances.ts';
export type {KeyView} from '../api/contract/keys.ts';
export type {ModelView} from '../api/contract/models.ts';
export type {ReconcileReportView} from '../api/contract/reconcile.ts';
export type {RequestView} from '../api/contract/requests.ts';
export type {VolumeView} from '../api/contract/volumes.ts';
