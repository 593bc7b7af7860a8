import {describe} from 'vitest';
import {SshMachine} from '../../adapters/ssh/ssh-machine.ts';
import {hasPart} from '../../support/parts.ts';
import {describeShell} from './shell-contract.ts';

describe.skipIf(!hasPart('sshd'))('with an OpenSSH server', () => {
  describeShell('SSH', async () => {
    const machine = await SshMachine.start();
    return {
      opener: machine.opener,
      target: machine.target,
      root: machine.sshd.root,
      refuseLogins: () => machine.sshd.pause(),
      [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
    };
  });
});
