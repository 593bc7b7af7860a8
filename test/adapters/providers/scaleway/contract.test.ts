import {callAttemptsMax} from '../../../../src/adapters/providers/scaleway/retry-policy.ts';
import {describeCloudProvider} from '../../../contract/provider/cloud-provider-contract.ts';
import {addForeignThings} from '../../../support/scaleway/foreign.ts';
import {instanceType, openFakeAccount, zone} from './support/fake-account.ts';

const kindByStatus = {401: 'denied_authentication', 429: 'rate_limited', 503: 'bad_gateway'} as const;

describeCloudProvider('scaleway', async () => {
  const account = await openFakeAccount();
  return {
    provider: account.provider,
    zone,
    instanceType,
    tellsQuotaBefore: false,
    passTime: async () => account.passTime(),
    emptyStock: async () => {
      account.world.faults.clear();
      account.fault({kind: 'availability', types: [instanceType], zone});
      account.fault({kind: 'out_of_stock', method: 'POST', path: '/servers$', types: [instanceType], times: null});
    },
    exhaustQuota: async () =>
      account.fault({kind: 'quotas_exceeded', method: 'POST', path: '/servers$', times: null, quota: 0}),
    // Alone, 503 stands for a call that fails: at every try of it. In a row it is an answer to be got over.
    answerNext: async statuses => {
      for (const status of statuses) {
        const isLasting = status === 503 && statuses.length === 1;
        account.fault({kind: kindByStatus[status], status, times: isLasting ? callAttemptsMax : 1});
      }
    },
    addForeign: async () => {
      await addForeignThings(account);
    },
    [Symbol.asyncDispose]: () => account[Symbol.asyncDispose](),
  };
});
