/** The only reader of the environment. Unset and empty mean the same; secrets stay here until the one who needs them asks. */
export interface Env {
  readonly home: string;
  /** `INVENTIV_CONFIG`: the config file to read instead of searching. */
  readonly configFile: string | null;
  /** `INVENTIV_STATE_DIR`. */
  readonly stateDir: string | null;
  readonly xdgConfigHome: string | null;
  readonly xdgStateHome: string | null;
  /** `INVENTIV_PROVIDER`, `INVENTIV_MODEL`, `INVENTIV_ZONE`: override the config file, are overridden by flags. */
  readonly provider: string | null;
  readonly model: string | null;
  readonly zone: string | null;
  /** `INVENTIV_CONTROL_PLANE_URL`. */
  readonly controlPlaneUrl: string | null;
  /** `INVENTIV_ALERTS_WEBHOOK_SECRET`: what alerts to the webhook are signed with. */
  readonly alertsWebhookSecret: string | null;
  readonly mockProfile: string | null;
  readonly mockScenario: string | null;
  readonly ssh: SshEnv;
  /** `PATH`, for what the mock's machines look up. */
  readonly searchPath: string | null;
  readonly userName: string;
  readonly scaleway: ScalewayEnv;
  /** Where the models are, and the token for those that are gated. */
  readonly hub: HubEnv;
  /** `INVENTIV_SECRET_KEY`, `INVENTIV_SECRET_KEY_FILE`: the installation's key, in place of the one kept by the program. */
  readonly secretKey: {readonly value: string | null; readonly file: string | null};
  readonly otlp: OtlpEnv;
  readonly terminal: TerminalEnv;
}

export interface SshEnv {
  /** `INVENTIV_SSH_USER`. */
  readonly user: string | null;
  /** `INVENTIV_SSH_KEY`: a private key file, in place of those of the config file. */
  readonly keyFile: string | null;
  /** `SSH_AUTH_SOCK`. */
  readonly agentSocket: string | null;
}

export interface HubEnv {
  /** `HF_ENDPOINT`: a mirror in the place of huggingface.co. */
  readonly url: string | null;
  /** `WORKER_HF_TOKEN_FILE`: wins over the variables. */
  readonly tokenFile: string | null;
  /** The first of `WORKER_HF_TOKEN`, `HUGGINGFACE_TOKEN`, `HF_TOKEN`, and the older `HUGGING_FACE_HUB_TOKEN`. */
  readonly token: string | null;
}

/** Names of OpenTelemetry's SDKs: where traces go. */
export interface OtlpEnv {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`; `/v1/traces` is put behind it. */
  readonly endpoint: string | null;
  /** `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`: the whole address. */
  readonly tracesEndpoint: string | null;
  /** `OTEL_EXPORTER_OTLP_TRACES_HEADERS`, else `OTEL_EXPORTER_OTLP_HEADERS`; may hold a secret. */
  readonly headers: string | null;
  /** `OTEL_SERVICE_NAME`. */
  readonly serviceName: string | null;
  /** `OTEL_SDK_DISABLED=true`. */
  readonly disabled: boolean;
}

/** Names of the official Scaleway tools. */
export interface ScalewayEnv {
  readonly accessKey: string | null;
  readonly secretKey: string | null;
  readonly projectId: string | null;
  readonly zone: string | null;
  readonly apiUrl: string | null;
  /** `SCW_CONFIG_PATH`: the file of `scw`, instead of the one in the user's configuration directory. */
  readonly configPath: string | null;
  /** `SCW_PROFILE`: which profile of that file. */
  readonly profile: string | null;
}

export interface TerminalEnv {
  /** https://no-color.org: set and not empty. */
  readonly noColour: boolean;
  readonly forceColour: boolean;
  readonly ci: boolean;
  readonly columns: number | null;
  /** TERM=dumb, or a locale that is not UTF-8 by name. */
  readonly asciiOnly: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

const columnsMin = 40;

export function readEnv(variables: Variables = process.env): Env {
  const read = (name: string): string | null => variables[name]?.trim() || null;
  return {
    home: read('HOME') ?? read('USERPROFILE') ?? '/',
    configFile: read('INVENTIV_CONFIG'),
    stateDir: read('INVENTIV_STATE_DIR'),
    xdgConfigHome: read('XDG_CONFIG_HOME'),
    xdgStateHome: read('XDG_STATE_HOME'),
    provider: read('INVENTIV_PROVIDER'),
    model: read('INVENTIV_MODEL'),
    zone: read('INVENTIV_ZONE'),
    controlPlaneUrl: read('INVENTIV_CONTROL_PLANE_URL'),
    alertsWebhookSecret: read('INVENTIV_ALERTS_WEBHOOK_SECRET'),
    mockProfile: read('INVENTIV_MOCK_PROFILE'),
    mockScenario: read('INVENTIV_MOCK_SCENARIO'),
    ssh: {user: read('INVENTIV_SSH_USER'), keyFile: read('INVENTIV_SSH_KEY'), agentSocket: read('SSH_AUTH_SOCK')},
    searchPath: read('PATH'),
    userName: read('USER') ?? read('LOGNAME') ?? read('USERNAME') ?? 'operator',
    scaleway: {
      accessKey: read('SCW_ACCESS_KEY'),
      secretKey: read('SCW_SECRET_KEY'),
      projectId: read('SCW_DEFAULT_PROJECT_ID'),
      zone: read('SCW_DEFAULT_ZONE'),
      apiUrl: read('SCW_API_URL'),
      configPath: read('SCW_CONFIG_PATH'),
      profile: read('SCW_PROFILE'),
    },
    hub: {
      url: read('HF_ENDPOINT'),
      tokenFile: read('WORKER_HF_TOKEN_FILE'),
      token: read('WORKER_HF_TOKEN') ?? read('HUGGINGFACE_TOKEN') ?? read('HF_TOKEN') ?? read('HUGGING_FACE_HUB_TOKEN'),
    },
    secretKey: {value: read('INVENTIV_SECRET_KEY'), file: read('INVENTIV_SECRET_KEY_FILE')},
    otlp: {
      endpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT'),
      tracesEndpoint: read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'),
      headers: read('OTEL_EXPORTER_OTLP_TRACES_HEADERS') ?? read('OTEL_EXPORTER_OTLP_HEADERS'),
      serviceName: read('OTEL_SERVICE_NAME'),
      disabled: read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    },
    terminal: readTerminal(read),
  };
}

function readTerminal(read: (name: string) => string | null): TerminalEnv {
  const columns = Number(read('COLUMNS'));
  const ci = read('CI');
  const force = read('FORCE_COLOR');
  return {
    noColour: read('NO_COLOR') !== null || read('TERM') === 'dumb',
    forceColour: force !== null && force !== '0' && force !== 'false',
    ci: ci !== null && ci !== '0' && ci !== 'false',
    columns: Number.isInteger(columns) && columns >= columnsMin ? columns : null,
    asciiOnly: read('TERM') === 'dumb' || ['C', 'POSIX'].includes(read('LC_ALL') ?? read('LC_CTYPE') ?? ''),
  };
}
