import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../support/installation.ts';
import {hasPart} from '../support/parts.ts';
import {binPath} from '../support/running-cli.ts';
import {TmuxScreen} from '../support/tmux-screen.ts';

const colourStart = '\u001b[';

describe.runIf(hasPart('tmux')).each([80, 200])('a terminal of %i columns', columns => {
  let installation: Installation;
  let screen: TmuxScreen;
  const inventiv = `'${process.execPath}' '${binPath}'`;

  beforeAll(() => {
    installation = new Installation();
    screen = new TmuxScreen(columns, {...installation.env, NO_COLOR: ''}, installation.directory);
  });

  afterAll(async () => {
    screen[Symbol.dispose]();
    await installation[Symbol.asyncDispose]();
  });

  it('shows an instance coming up, and how to call it, in lines that fit', async () => {
    screen.type(`clear; ${inventiv} up --model ${tinyModel} --name term; echo "status $?"`);
    const text = await screen.shows(/^status \d+$/m);
    expect(text).toContain('term is ready');
    expect(text).toContain('inventiv chat --model');
    expect(text).toMatch(/^status 0$/m);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(screen.styled()).toContain(colourStart);
  });

  it('lists and shows it without wrapping a row', async () => {
    screen.type(`clear; ${inventiv} ps; ${inventiv} show term; echo "status $?"`);
    const text = await screen.shows(/^status \d+$/m);
    expect(text).toMatch(/^status 0$/m);
    expect(text).toMatch(/Timeline/);
    expect(widest(text)).toBeLessThanOrEqual(columns);
  });

  it('stays plain with NO_COLOR', async () => {
    screen.type(`clear; NO_COLOR=1 ${inventiv} ps; echo "status $?"`);
    expect(await screen.shows(/^status \d+$/m)).toMatch(/term +ready/);
    expect(screen.styled()).not.toContain(colourStart);
  });

  it('leaves up with Ctrl-C: the instance stays, and the screen says how to go on', async () => {
    screen.type(`clear; ${inventiv} up --model ${tinyModel} --name slow --mock-profile realistic; echo "status $?"`);
    await screen.shows(/Ctrl-C stops watching/);
    screen.press('C-c');
    const text = await screen.shows(/^status \d+$/m);
    expect(text).toContain('inventiv up --resume slow');
    expect(text).toContain('inventiv down slow');
    expect(text).toMatch(/^status 130$/m);
    await installation.ok(['down', '--all', '--yes', '--quiet'], {env: {INVENTIV_MOCK_PROFILE: 'fast'}});
    expect(await installation.cloud.whatExists()).toEqual([]);
  });
});

function widest(text: string): number {
  return Math.max(...text.split('\n').map(line => line.length));
}
