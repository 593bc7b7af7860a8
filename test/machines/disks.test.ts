import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Machine} from '../bootstrap/machine.ts';
import {hasPart} from '../support/parts.ts';

const setUpMs = 180_000;
const diskBytes = 160e9;

/** A second disk of the machine: a loop device, which needs a kernel that has them. */
describe.skipIf(!hasPart('machines') || !hasLoopDevices())('a machine with a second disk', () => {
  let directory: string;
  let device: string;
  let machine: Machine;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-disk-'));
    sh(`truncate -s ${diskBytes} ${directory}/disk`);
    device = sh(`losetup -f --show ${directory}/disk`);
    machine = await Machine.start();
    await plugIn();
  }, setUpMs);
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    sh(`losetup -d ${device}`);
    rmSync(directory, {recursive: true});
  });

  it('leaves it alone when it has a file system, and when it holds bytes that nothing recognises', {
    timeout: setUpMs,
  }, async () => {
    for (const fill of [
      `mkfs.ext4 -q -F -L precious ${device}`,
      `wipefs -qa ${device}; printf data | dd of=${device} bs=512 seek=100 conv=notrunc status=none`,
    ]) {
      sh(fill);
      const before = sh(`head -c 10000000 ${device} | sha256sum`);
      expect(await machine.bootstrap()).toMatchObject({scratch: '', docker_root: '/var/lib/docker'});
      expect(sh(`head -c 10000000 ${device} | sha256sum`)).toBe(before);
      await machine.uninstall();
    }
  });

  it('uses it for images and weights when it is empty, and gives it back', {timeout: setUpMs}, async () => {
    sh(
      `losetup -d ${device}; rm ${directory}/disk; truncate -s ${diskBytes} ${directory}/disk; losetup ${device} ${directory}/disk`,
    );
    const before = await machine.vm.snapshot();
    const place = '/mnt/inventiv-scratch';
    const used = {scratch: place, cache_dir: `${place}/inventiv-cache`, docker_root: `${place}/docker`};
    expect(await machine.bootstrap()).toMatchObject(used);
    expect(await machine.bootstrap()).toMatchObject({...used, 'inventiv-engine-0': 'already running'});
    await machine.uninstall();
    expect(await machine.vm.snapshot()).toEqual(before);
  });

  /** The machine's own `lsblk` would show the disks of the computer that it runs on. */
  async function plugIn(): Promise<void> {
    const name = device.slice('/dev/'.length);
    const lsblk = `#!/bin/sh
case "$*" in
"-bdnro NAME,TYPE,SIZE") echo "${name} disk ${diskBytes}" ;;
"-nro NAME ${device}") echo ${name} ;;
"-nro MOUNTPOINT ${device}") findmnt -nro TARGET -S ${device} || echo ;;
esac
exit 0
`;
    await machine.vm.exec(`mknod ${device} b 7 ${name.replace('loop', '')}
cat > /usr/bin/lsblk <<'END'
${lsblk}END
chmod +x /usr/bin/lsblk`);
  }
});

function hasLoopDevices(): boolean {
  try {
    sh('losetup -f');
    return true;
  } catch {
    return false;
  }
}

function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim();
}
