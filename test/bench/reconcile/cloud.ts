import {createBlockVolume} from '../../support/fake-scaleway/block-lifecycle.ts';
import {startFakeScaleway} from '../../support/fake-scaleway/start-fake-scaleway.ts';
import {DEFAULT_PROJECT} from '../../support/fake-scaleway/world.ts';
import type {CloudAnswer, CloudRequest} from './protocol.ts';

// The provider in a process of its own: what it needs to answer is not counted as ours.
const fake = await startFakeScaleway({seed: 'bench'});
const gb = 1_000_000_000;

process.on('message', (request: CloudRequest) => {
  if (request.kind === 'fill') {
    const ids = request.volumes.map(({name, tags}) => {
      const wanted = {zone: request.zone, name, tags: [...tags], sizeBytes: 100 * gb, project: DEFAULT_PROJECT};
      const volume = createBlockVolume(fake.world, wanted);
      volume.status = 'available';
      return volume.id;
    });
    answer({kind: 'filled', ids});
  } else {
    const calls = fake.world.journal.entries().map(({method, path}) => `${method} ${path}`);
    fake.world.journal.clear();
    answer({kind: 'calls', calls, left: fake.world.blockVolumes.size});
  }
});

process.on('disconnect', () => process.exit(0));
answer({kind: 'listening', url: fake.url});

function answer(message: CloudAnswer): void {
  process.send?.(message);
}
