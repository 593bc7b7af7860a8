import {join} from 'node:path';
import {call, makeCloud, refOf, runServer} from '../../adapters/providers/mock/support/mock-cloud.ts';
import {describeShell} from './shell-contract.ts';

describeShell('mock', async () => {
  const cloud = makeCloud();
  const {server, target} = await runServer(cloud);
  return {
    opener: cloud.shells,
    target,
    root: join(cloud.cloudDir, 'servers', target.serverId, 'root'),
    refuseLogins: async () => {
      await cloud.provider.terminateServer(refOf(server), call);
    },
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
});
