import type {ApiClient} from '../../src/api/local-client.ts';
import type {AdapterWrappers} from '../../src/compose/app.ts';
import type {FastTime} from '../support/scaleway/fast-clock.ts';

/** up and down as they are, or with an `up` that has to move because its first place has no room. */
export type Course = 'plain' | 'move';

/** An opened installation, and the one instance that is asked for in it. */
interface DrivenSite extends AsyncDisposable {
  readonly client: ApiClient;
  /** Gives its id. */
  requestUp(): Promise<string>;
}

/** An installation and the account it works on: what a drill happens to. */
export interface Site extends DrivenSite {
  /** What another process opens the same installation by. */
  readonly address: SiteAddress;
  /** After a kill, before anybody goes on: what a cautious operator or a loop would run. Says what is wrong. */
  inspect(): Promise<readonly string[]>;
  /** More than one of what there is one of, while an instance is ready. */
  findDoubles(): Promise<readonly string[]>;
  /** Left at the provider though everything was taken down. */
  findLeaks(): Promise<readonly string[]>;
  /** What belongs to somebody else and is not as it was. */
  findTouched(): Promise<readonly string[]>;
  /** Ends it all; what then still runs is a leak, and is named. */
  close(): Promise<readonly string[]>;
}

export type SiteAddress = {readonly course: Course; readonly stateDir: string} & (
  | {readonly provider: 'mock'}
  | {readonly provider: 'scaleway'; readonly apiUrl: string; readonly time: FastTime}
);

/** Makes sites of one kind, each empty. */
export type OpenSite = (course: Course) => Promise<Site>;

/** The installation at an address, for a process that drives it and is told of every effect. */
export type OpenDriven = (address: SiteAddress, wrap: AdapterWrappers) => Promise<DrivenSite>;
