import {describe, expect, it} from 'vitest';
import {contract} from '../../src/api/contract.ts';
import {type Permission, permissions, roles} from '../../src/core/tenancy/roles.ts';
import {TestApp, testModel} from '../support/test-app.ts';

describe('permissions', () => {
  it.each(['user', 'manager'] as const)('let a %s look but not create, change or end', async role => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const client = app.clientAs({role});
    expect(await client.instances.list({})).toHaveLength(1);
    const denied = {
      code: 'not_allowed',
      message: expect.stringContaining('instances.change'),
      hint: expect.stringContaining('owner'),
    };
    await expect(client.instances.create({model: testModel, provider: 'mock'})).rejects.toMatchObject(denied);
    await expect(client.instances.terminate({instances: [id]})).rejects.toMatchObject(denied);
    await expect(client.instances.drive({instances: [id]})).rejects.toMatchObject(denied);
    await expect(client.models.remove({model: testModel})).rejects.toMatchObject({code: 'not_allowed'});
    expect((await app.load(id)).state).toBe('provisioning');
  });

  it('are checked before the input is even looked at', async () => {
    await using app = await TestApp.open();
    const nonsense = {model: '', provider: 'mock', count: -1} as const;
    await expect(app.clientAs({role: 'user'}).instances.create(nonsense)).rejects.toMatchObject({code: 'not_allowed'});
  });

  it('hide usage from a plain user and show it to a manager', async () => {
    await using app = await TestApp.open();
    await expect(app.clientAs({role: 'user'}).usage.totals({})).rejects.toMatchObject({code: 'not_allowed'});
    expect((await app.clientAs({role: 'manager'}).usage.totals({})).requests).toBe(0);
  });

  it('are declared by every procedure of the contract', () => {
    for (const [group, procedures] of Object.entries(contract)) {
      for (const [name, procedure] of Object.entries(procedures)) {
        const {permission}: {permission: Permission} = procedure['~orpc'].meta;
        expect(permissions, `${group}.${name}`).toHaveProperty([permission]);
        // The default of an undeclared procedure is the owner's: nothing here may rely on it.
        expect(permission, `${group}.${name}`).not.toBe('settings.change');
      }
    }
  });

  it('leave the owner nothing that is closed', () => {
    for (const holders of Object.values(permissions)) expect(holders).toContain('owner');
    expect(roles).toEqual(['owner', 'admin', 'manager', 'user']);
  });
});
