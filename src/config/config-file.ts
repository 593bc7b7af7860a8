import type {ProviderName, VllmMode} from '../core/instance/instance.ts';

/** What a config file may say; everything is optional. */
export interface ConfigFile {
  readonly provider?: ProviderName | undefined;
  /** Model of `up` and `chat` when none is given. */
  readonly model?: string | undefined;
  readonly zone?: string | undefined;
  readonly type?: string | undefined;
  readonly mode?: VllmMode | undefined;
  readonly onFailure?: 'keep' | 'terminate' | undefined;
  /** Longest watch of `up`, `down` and `wait`, such as `30m`. */
  readonly waitTimeout?: string | undefined;
  readonly stateDir?: string | undefined;
  /** Where workers reach `serve`; without it they are only read, and send no heartbeats. */
  readonly controlPlaneUrl?: string | undefined;
  readonly serve?:
    | {
        readonly host?: string | undefined;
        readonly port?: number | undefined;
        readonly adminPort?: number | undefined;
        /** Pages of exactly these origins may call the API from a browser. */
        readonly corsOrigins?: readonly string[] | undefined;
        /** The most tokens that one answer may ask for; also for requests that name no bound. */
        readonly maxTokens?: number | undefined;
      }
    | undefined;
  /** How machines are logged in to. */
  readonly ssh?:
    | {
        readonly user?: string | undefined;
        /** Private key files: absolute, below `~/`, or relative to the config file. */
        readonly keys?: readonly string[] | undefined;
        readonly agent?: boolean | undefined;
        readonly connectTimeout?: string | undefined;
      }
    | undefined;
  readonly health?: HealthFile | undefined;
  readonly alerts?: AlertSettingsFile | undefined;
  readonly mock?: {readonly profile?: MockProfile | undefined; readonly scenario?: string | undefined} | undefined;
  readonly scaleway?: {readonly projectId?: string | undefined} | undefined;
}

/** Health checks and recovery; times are durations such as `90s`. */
export interface HealthFile {
  readonly checkEvery?: string | undefined;
  readonly heartbeatFresh?: string | undefined;
  readonly probeTimeout?: string | undefined;
  readonly backOffFirst?: string | undefined;
  readonly backOffMax?: string | undefined;
  readonly workerDeadAfter?: string | undefined;
  readonly wedgedAfter?: string | undefined;
  readonly stuckAfter?:
    | {
        readonly booting?: string | undefined;
        readonly installing?: string | undefined;
        readonly starting?: string | undefined;
      }
    | undefined;
  readonly recoverAfter?: string | undefined;
  readonly autoReinstall?: boolean | undefined;
  readonly reinstallsMax?: number | undefined;
  readonly breakerFailuresMax?: number | undefined;
  readonly flapping?:
    | {
        readonly deathsMax?: number | undefined;
        readonly window?: string | undefined;
        readonly stable?: string | undefined;
      }
    | undefined;
  readonly crashLoop?: {readonly restartsMax?: number | undefined; readonly window?: string | undefined} | undefined;
  readonly logSuccessEvery?: string | undefined;
  readonly logFailureEvery?: string | undefined;
}

export interface AlertSettingsFile {
  /** Where alerts are posted to. */
  readonly webhookUrl?: string | undefined;
  /** File that holds the secret every body is signed with. */
  readonly webhookSecretFile?: string | undefined;
  /** Whether the receiver may have a private or loopback address. */
  readonly webhookAllowPrivate?: boolean | undefined;
}

export const mockProfiles = ['fast', 'realistic', 'flaky'] as const;
export type MockProfile = (typeof mockProfiles)[number];
