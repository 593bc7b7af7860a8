import {alertsContract} from './contract/alerts.ts';
import {budgetsContract} from './contract/budgets.ts';
import {catalogContract} from './contract/catalog.ts';
import {chatContract} from './contract/chat.ts';
import {credentialsContract} from './contract/credentials.ts';
import {eventsContract} from './contract/events.ts';
import {hostsContract} from './contract/hosts.ts';
import {instancesContract} from './contract/instances.ts';
import {keysContract} from './contract/keys.ts';
import {limitsContract} from './contract/limits.ts';
import {modelsContract} from './contract/models.ts';
import {pricesContract} from './contract/prices.ts';
import {promptsContract} from './contract/prompts.ts';
import {rateLimitsContract} from './contract/rate-limits.ts';
import {reconcileContract} from './contract/reconcile.ts';
import {requestsContract} from './contract/requests.ts';
import {usageContract} from './contract/usage.ts';
import {volumesContract} from './contract/volumes.ts';

/**
 * The one API. Called in-process by the local command line and mounted over HTTP for everybody else; the transport
 * never changes what a procedure means.
 */
export const contract = {
  instances: instancesContract,
  limits: limitsContract,
  volumes: volumesContract,
  rateLimits: rateLimitsContract,
  reconcile: reconcileContract,
  models: modelsContract,
  prompts: promptsContract,
  catalog: catalogContract,
  credentials: credentialsContract,
  hosts: hostsContract,
  keys: keysContract,
  alerts: alertsContract,
  events: eventsContract,
  prices: pricesContract,
  budgets: budgetsContract,
  usage: usageContract,
  requests: requestsContract,
  chat: chatContract,
};
