import {CloudApi} from '../../../../src/adapters/providers/mock/cloud-api.ts';
import {CloudClient} from '../../../../src/adapters/providers/mock/cloud-client.ts';
import {describeCloudProvider} from '../../../contract/provider/cloud-provider-contract.ts';
import {call, instanceType, makeCloud, stillMs, stillScenario, zone} from './support/mock-cloud.ts';

const kindByStatus = {401: 'auth', 429: 'rate-limit', 503: 'error'} as const;

// Pages of three: what reads only the first one is found out.
const scenario = {...stillScenario, pageSize: 3};

describeCloudProvider('mock', async () => {
  const cloud = makeCloud(scenario);
  const {control} = cloud;
  const api = new CloudApi(new CloudClient(cloud.options, cloud.options.clock), async () => null);
  return {
    provider: cloud.provider,
    zone,
    instanceType,
    tellsQuotaBefore: true,
    passTime: async () => {
      await control.advance(stillMs);
    },
    emptyStock: () => control.configure({scenario: {...scenario, capacity: {[zone]: {[instanceType]: 0}}}}),
    exhaustQuota: () => control.configure({scenario: {...scenario, quota: {servers: 0}}}),
    answerNext: statuses =>
      control.injectFaults(statuses.map((status, index) => ({call: '*', kind: kindByStatus[status], nth: index + 1}))),
    addForeign: async () => {
      await api.createServer(zone, {name: 'web', instanceType, tags: ['team-a', 'inventivity']}, call);
    },
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
});
