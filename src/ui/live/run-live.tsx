import {render} from 'ink';
import {useEffect, useState, useSyncExternalStore} from 'react';
import type {Screen} from '../screen.ts';
import type {ProgressShape} from '../shapes.ts';
import {LiveView} from './live-view.tsx';
import {type Goal, startWatching, type WatchedAll, withProgress} from './watched.ts';

const frameEveryMs = 120;

export interface LiveOptions {
  readonly instances: readonly ProgressShape['instance'][];
  readonly goal: Goal;
  readonly stdout: NodeJS.WriteStream;
  /** The screen at this moment: width and time change while the view runs. */
  screenNow(): Screen;
}

export interface RunningLive {
  report(progress: ProgressShape): void;
  /** Leaves the last frame on the screen and gives the terminal back. */
  close(): Promise<void>;
}

/** Ink on the terminal until closed. Keys are not read, so Ctrl-C stays a signal for the command to handle. */
export function runLive(options: LiveOptions): RunningLive {
  const source = new WatchedSource(startWatching(options.instances, options.screenNow().nowMs));
  const ink = render(<Ticking source={source} options={options} />, {
    stdout: options.stdout,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 15,
  });
  return {
    report: progress => source.accept(progress, options.screenNow().nowMs),
    async close() {
      ink.unmount();
      await ink.waitUntilExit();
    },
  };
}

class WatchedSource {
  #current: WatchedAll;
  readonly #listeners = new Set<() => void>();

  constructor(first: WatchedAll) {
    this.#current = first;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly current = (): WatchedAll => this.#current;

  accept(progress: ProgressShape, nowMs: number): void {
    this.#current = withProgress(this.#current, progress, nowMs);
    for (const listener of this.#listeners) listener();
  }
}

function Ticking({source, options}: {readonly source: WatchedSource; readonly options: LiveOptions}) {
  const watched = useSyncExternalStore(source.subscribe, source.current);
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick(last => last + 1), frameEveryMs);
    return () => clearInterval(timer);
  }, []);
  return <LiveView watched={watched} goal={options.goal} screen={options.screenNow()} tick={tick} />;
}
